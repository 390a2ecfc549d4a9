internal import UsherModel
internal import UsherText

/// What templates can use of a session and what belongs to it.
enum SessionContext {
    static let presenter = Schema<Presenter>([
        .text("name", "Dr. Frida Østergård", "") { $0.name.text },
        .text("jobTitle", "Research", "") { $0.jobTitle.text },
        .text("company", "Contoso", "") { $0.company.text },
    ])

    private static let dialIn = Schema<DialIn>([
        .text("number", "+49 69 555 0142", "") { $0.number.text },
        .flag("isTollFree", false, "") { $0.isTollFree },
    ])

    static let piece = Schema<TextPiece>([
        .text("text", "https://contoso.example/roofs", "") { $0.text },
        .text("url", "https://contoso.example/roofs", "no value where the text is not a link") { $0.link },
    ])

    private static let line = Schema<Substring>([
        .text("text", "Slides: https://contoso.example/roofs", "no value for an empty line") { String($0) },
        .list("pieces", "the text, with its links apart", of: piece) { TextPiece.pieces(of: $0) },
    ])

    /// Whether a session has a subject of its own, not just that of its event.
    static func hasOwnSubject(_ session: Session) -> Bool {
        session.subject != session.eventName && !session.eventName.isEmpty
    }

    static let schema = Schema<SessionMemory>([
        .text("id", "s1", "") { $0.session.key.session.rawValue },
        .text("eventId", "e1", "") { $0.session.key.event.rawValue },
        .text("kind", "event", "`webinar`, `townhall` or `event`") { $0.session.kind.rawValue },
        .flag("isWebinar", false, "") { $0.session.kind == .webinar },
        .flag("isTownhall", false, "") { $0.session.kind == .townhall },
        .text("subject", "Roof basics", "") { $0.session.subject.text },
        .text("eventName", "Energy from the roof", "") { $0.session.eventName.text },
        .flag("hasOwnSubject", true, "whether subject and event name differ") { hasOwnSubject($0.session) },
        .text("details", "Slides: https://contoso.example/roofs", "plain text, may have several lines") {
            $0.session.details
        },
        .list("detailLines", "the lines of `details`", of: line) {
            $0.session.details.isEmpty
                ? [] : $0.session.details.split(separator: "\n", omittingEmptySubsequences: false)
        },
        .list("presenters", "", of: presenter) { $0.session.presenters },
        .text("joinUrl", "https://teams.microsoft.com/l/meetup-join/1", "the link to join, byte for byte") {
            $0.session.joinURL?.text
        },
        .text("meetingId", "382 114 905 27", "") { $0.session.meetingID?.text },
        .text("passcode", "sK7pQ2", "") { $0.session.passcode?.text },
        .list("dialIns", "phone numbers", of: dialIn) { $0.session.dialIns },
        .text("conferenceId", "447 100 21", "to enter after dialing in") { $0.session.conferenceID?.text },
        .text("onDemandUrl", "https://contoso.example/recordings/1", "the recording, once there is one") {
            $0.session.onDemandURL?.text
        },
        .text("status", "published", "`published` or `canceled`") { $0.session.status.rawValue },
        .flag("isCanceled", false, "") { $0.session.status == .canceled },
        .text("audience", "everyone", "`everyone`, `organization` or `unknown`") { $0.session.audience.rawValue },
        .flag("mailsAttendees", true, "whether Teams itself sends mail to attendees; no value if unknown") {
            $0.session.sourceMailsAttendees
        },
        .number("revision", 1, "how often it has changed") { $0.revision },
        .number("durationMinutes", 60, "") {
            Int(($0.session.end - $0.session.start).components.seconds / 60)
        },
    ])
}
