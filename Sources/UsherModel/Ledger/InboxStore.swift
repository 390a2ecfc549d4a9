/// What came back by mail: bounces, unsubscribe requests, answers to invitations.
public protocol InboxStore: Sendable {
    /// How far a mailbox has been read; nil where it never was.
    ///
    /// - Throws: ``LedgerError``.
    func inboxPosition(job: String, mailbox: String) async throws(LedgerError) -> InboxPosition?

    /// Files what a message says, together with how far its mailbox has been read: both or neither.
    ///
    /// Filing the same message again changes nothing.
    ///
    /// - Returns: What became of each fact.
    /// - Throws: ``LedgerError``.
    func file(
        _ facts: [InboxFact], at position: InboxPosition, job: String, mailbox: String, now: Instant
    ) async throws(LedgerError) -> [InboxFiling]

    /// The newest answers to invitations, ordered by session and answer.
    ///
    /// - Throws: ``LedgerError``.
    func replies(job: String?, session: String?, limit: Int) async throws(LedgerError) -> [ReplyRow]
}

/// How far a mailbox has been read (RFC 3501 §2.3.1.1).
public struct InboxPosition: Hashable, Sendable {
    /// UIDVALIDITY: where the mailbox has another one, its UIDs mean other messages.
    public let validity: UInt32
    /// The UID that was read last.
    public let lastUID: UInt32

    /// Creates a position.
    public init(validity: UInt32, lastUID: UInt32) { (self.validity, self.lastUID) = (validity, lastUID) }
}

/// What a message in the inbox says; the ledger decides by what it holds whether to believe it.
public enum InboxFact: Hashable, Sendable {
    /// A report that a mail could not be delivered, or not yet.
    ///
    /// `mail` is ``DeliveryID/short``, from the Message-ID; `addresses` are those that the report names.
    case report(mail: String, addresses: [Address], outcome: ReportOutcome, evidence: Evidence)
    /// A person asks to get no more mail.
    case unsubscribe(Address, Origin)
    /// Someone who has a person's token asks that this person gets no more mail.
    case unsubscribeByToken(UnsubscribeToken)
    /// A person answers an invitation.
    case reply(SessionKey, attendee: Address, Origin, CalendarAnswer, sequence: Int, stamp: Instant)

    /// Whether a message is from the one whose address it bears.
    public enum Origin: Hashable, Sendable {
        /// A trusted mail server says so.
        case proven
        /// Anyone may have sent it.
        case unproven
    }
}

/// The outcome that a delivery report states.
public enum ReportOutcome: String, Hashable, Sendable {
    /// The address does not exist: it is suppressed.
    case gone = "bounced"
    /// The mail did not arrive, and the address is not the reason.
    case failed = "returned"
    /// The mail is late.
    case delayed
}

/// An answer to an invitation.
public enum CalendarAnswer: String, Hashable, Sendable, CaseIterable {
    /// The attendee accepts.
    case accepted
    /// The attendee declines.
    case declined
    /// The attendee may come.
    case tentative
}

/// What became of a fact.
public enum InboxFiling: Hashable, Sendable {
    /// The address is suppressed from now on.
    case suppressed
    /// Stored with the delivery it is about.
    case noted
    /// Stored as the newest answer.
    case answered(CalendarAnswer)
    /// Stored already, or older than what is stored.
    case known
    /// Not believed; why.
    case refused(String)
}

/// The newest answer of a person to the invitation to a session.
public struct ReplyRow: Hashable, Sendable {
    /// The job's name in the ledger.
    public let job: String
    /// The session.
    public let session: SessionKey
    /// The session's subject; empty where the session has been pruned.
    public let subject: Line
    /// The address, or `(forgotten)`.
    public let attendee: String
    /// The answer.
    public let answer: CalendarAnswer
    /// When it was given.
    public let stamp: Instant

    /// Creates a row.
    public init(
        job: String, session: SessionKey, subject: Line, attendee: String, answer: CalendarAnswer, stamp: Instant
    ) {
        (self.job, self.session, self.subject) = (job, session, subject)
        (self.attendee, self.answer, self.stamp) = (attendee, answer, stamp)
    }
}
