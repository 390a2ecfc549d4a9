internal import UsherModel

/// What mail servers and large providers say when a refusal is about us, or about the recipient, although its code does not tell.
///
/// The table is not complete and cannot be: what it does not list counts as one delivery's refusal until several in a row have met it
/// (``RefusalKind``). It saves those first ones, and says what to do.
///
/// Sources: the documentation of Postfix (access, SASL README), Exim (specification, chapter 43), sendmail and qmail (message texts); Google
/// Workspace Admin Help, "SMTP errors and codes"; Microsoft Learn, "Email non-delivery reports and SMTP errors in Exchange Online"; Amazon SES,
/// "SMTP response codes"; Twilio SendGrid, "SMTP errors and troubleshooting"; cPanel & WHM, "Tweak Settings, Mail"; Zoho Mail, "Delivery
/// failures"; RFC 3463, RFC 5248, RFC 7372 and RFC 7505 (enhanced codes).
enum KnownRefusal {
    /// What a reply is about.
    ///
    /// - Parameters:
    ///   - text: The reply.
    ///   - detail: Subject and detail of its enhanced code, `7.1` of `5.7.1`; nil without one.
    /// - Returns: nil where neither words nor code tell.
    static func scope(_ text: String, detail: String?) -> RefusalScope? {
        let text = text.lowercased()
        if let phrase = phrases.first(where: { text.contains($0.words) }) { return phrase.scope }
        guard let detail else { return nil }
        if let scope = codes[detail] { return scope }
        return ranges.first { range in
            guard detail.hasPrefix("7."), let number = Int(detail.dropFirst(2)) else { return false }
            return range.numbers.contains(number)
        }?.scope
    }

    /// Lower-case words of the reply; the first that fits decides, so what is about us comes first.
    private static let phrases: [(words: String, scope: RefusalScope)] =
        notPermitted.map { ($0, .credentials) } + limits.map { ($0, .sender) } + blocks.map { ($0, .sender) }
        + aboutRecipient.map { ($0, .recipient) }

    /// Missing sign-in, relaying, and senders that the account may not use.
    private static let notPermitted = [
        // Postfix, sendmail, Exim, Exchange, qmail.
        "relay access denied", "relaying denied", "relay denied", "relay not permitted", "relaying not allowed",
        "relaying is not allowed", "unable to relay", "not permitted to relay", "list of allowed rcpthosts",
        "not owned by user", "sender address rejected: not logged in", "authentication required",
        "authentication is required", "must authenticate", "authenticate first", "client was not authenticated",
        // Exchange Online.
        "sendasdenied", "not allowed to send as", "not permitted to send as",
        // SendGrid, SES, Mailgun, Brevo.
        "unauthenticated senders not allowed", "verified sender identity", "email address is not verified",
        "for test purposes only", "account is not yet activated",
    ]

    /// Limits of an account or a server.
    private static let limits = [
        // Gmail, Exchange Online, SES, SendGrid.
        "sending limit", "sending quota", "sending rate", "daily message quota", "messaging limit", "submission quota",
        "daily limit for message recipients", "throttling failure",
        // cPanel and other hosts.
        "max emails per hour", "max defers and failures per hour", "messages per hour", "messages per day",
        "emails per hour", "emails per day", "daily send limit", "hourly send limit", "outgoing message limit",
        // Zoho, Gmail.
        "unusual sending activity", "unusual rate of unsolicited",
    ]

    /// Blocks of our address, our server or our domain.
    private static let blocks = [
        "blocked using", "spamhaus", "spamcop", "barracudacentral", "dnsbl", "banned sending ip",
        "poor reputation", "low reputation", "bad reputation", "client host rejected",
        "connections will not be accepted",
        "unauthenticated email from", "email from your ip", "your ip address is blocked",
    ]

    private static let aboutRecipient = [
        "user unknown", "unknown user", "no such user", "no such recipient", "no such mailbox", "unknown recipient",
        "unknown mailbox", "invalid recipient", "invalid mailbox", "recipient not found", "recipientnotfound",
        "user not found", "mailbox not found", "mailbox unavailable", "does not exist", "doesn't exist",
        "mailbox is full", "mailbox full", "over quota", "overquota", "quota exceeded", "out of storage",
        "account that you tried to reach", "mailbox disabled", "mailbox is disabled", "account is disabled",
        "no mailbox here", "inactive user", "no longer at",
    ]

    /// Subject and detail (RFC 3463) that have one meaning wherever they are used.
    private static let codes: [String: RefusalScope] = {
        var codes: [String: RefusalScope] = [:]
        // Sign-in, and what it permits; 2.252, 7.57, 7.60 and 7.64: Exchange Online.
        for code in ["7.8", "7.9", "7.11", "7.13", "7.14", "7.57", "7.60", "7.64", "7.139", "2.252"] {
            codes[code] = .credentials
        }
        // 4.5: Gmail's daily limit; 1.90: that of Exchange Online; 1.7 and 1.8: the sender's address; 7.20 to 7.29: RFC 7372, RFC 7505.
        let sender = [
            "1.7", "1.8", "1.90", "4.5", "7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27", "7.28", "7.29",
            "7.30", "7.31", "7.32", "7.40", "7.515",
        ]
        for code in sender { codes[code] = .sender }
        // RFC 3463 §3.2 and §3.3; 1.10 and 4.1: Exchange Online, unknown recipient.
        for code in ["1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "2.2", "2.3", "2.4", "4.1"] {
            codes[code] = .recipient
        }
        return codes
    }()

    /// Exchange Online: 7.123 to 7.136 are the recipient's own restrictions, 7.5xx and 7.7xx blocks of a tenant, 7.606 to 7.649 of an address.
    private static let ranges: [(numbers: ClosedRange<Int>, scope: RefusalScope)] = [
        (123...136, .recipient), (500...514, .sender), (606...649, .sender), (700...750, .sender),
    ]
}
