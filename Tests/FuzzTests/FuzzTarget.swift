/// A reader of what strangers send, or several that read the same, with what must hold whatever they are given.
///
/// No input may crash or hang a reader. `scripts/fuzz` looks for one that does; ``CorpusTests`` reads the inputs that are stored.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// iCalendar, jCal and TZif.
    case calendar
    /// A calendar as a source of sessions.
    case feed
    /// HTML, and links in text.
    case html
    /// Messages of the inbox: delivery reports, calendar replies and others.
    case mail
    /// What an IMAP server says in a whole dialogue.
    case imap
    /// What an SMTP server replies.
    case smtp
    /// The header of an HTTP response, and its body where the header says what it is.
    case http
    /// The answers of a WebDAV server.
    case multistatus
    /// Events, sessions and registrations in JSON.
    case json
    /// Lists of attendees.
    case csv

    /// Reads an input, and calls `check` with each condition that must hold.
    func read(_ input: [UInt8], _ check: @escaping Check) {
        switch self {
        case .calendar: CalendarTarget(check).read(input)
        case .feed: FeedTarget(check).read(input)
        case .html: HTMLTarget(check).read(input)
        case .mail: MailTarget(check).read(input)
        case .imap: IMAPTarget(check).read(input)
        case .smtp: SMTPTarget(check).read(input)
        case .http: HTTPTarget(check).read(input)
        case .multistatus: MultiStatusTarget(check).read(input)
        case .json: JSONTarget(check).read(input)
        case .csv: CSVTarget(check).read(input)
        }
    }
}

/// Reports a condition that does not hold: it stops the fuzzer, or fails the test.
typealias Check = (_ holds: Bool, _ otherwise: String) -> Void
