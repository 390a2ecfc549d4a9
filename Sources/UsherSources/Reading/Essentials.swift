/// The properties of a record that Usher cannot do without.
///
/// One that is missing or cannot be read refuses its record, and what is known of it stays as it was. Everything else is decoration: what cannot
/// be read is left out, or replaced as docs/graph.md says, with a word, and neither refuses nor delays anything. A property test replaces every
/// other value of an event, a session and a registration by values of all types.
enum Essentials {
    // Which event it is, and whether anyone is to hear of it.
    static let event: Set<String> = ["id", "status"]

    // The instants, for which a zone is needed only where they have no offset of their own. No link means no link yet; one that leads elsewhere
    // is refused. A file may also cancel a single session.
    static let session: Set<String> = ["id", "startDateTime", "endDateTime", "joinWebUrl", "isCanceled", "status"]

    // Whether the person was told already, who it is, whether the person holds a seat, and in which sessions, where a file says so.
    static let registration: Set<String> = ["id", "email", "status", "sessions"]
}
