/// How far a refusal reaches: who may go on.
public enum RefusalScope: String, Hashable, Sendable {
    /// This delivery only (SMTP 550 for one address).
    case delivery
    /// The whole channel: it cannot be reached, or asks to slow down (SMTP 421).
    case channel
    /// The whole channel: it refused who we are (SMTP 535).
    case credentials
    /// The whole channel: this machine cannot store for it.
    case storage
}

/// A counterpart's no.
public struct Refusal: Hashable, Sendable, CustomStringConvertible {
    /// Who may go on.
    public let scope: RefusalScope
    /// What the counterpart said, or what happened; one line, at most ``Limits/evidenceBytes``, without secrets.
    public let reason: Line

    /// Takes both.
    public init(_ scope: RefusalScope, _ reason: String) {
        (self.scope, self.reason) = (scope, Line(cleaning: String(reason.prefix(Limits.evidenceBytes))))
    }

    /// The reason.
    public var description: String { reason.text }
}

/// What shows that a message arrived, or how far it got.
public struct Evidence: Hashable, Sendable, CustomStringConvertible {
    /// A reply, a path or a request id; one line, at most ``Limits/evidenceBytes``, without secrets.
    public let text: Line

    /// Takes the text.
    public init(_ text: String) { self.text = Line(cleaning: String(text.prefix(Limits.evidenceBytes))) }

    /// The text.
    public var description: String { text.text }
}

/// What a channel knows after one attempt: what the ledger may conclude.
public enum Attempt: Hashable, Sendable {
    /// The counterpart took responsibility.
    case sent(Evidence)
    /// Certainly not delivered; worth another attempt.
    case retry(Refusal, notBefore: Instant?)
    /// Certainly not delivered; another attempt would be refused too.
    case failed(Refusal)
    /// The last byte left and no reply came.
    case inDoubt(Evidence)
}

/// What a channel finds out about a delivery that a crash left on the wire.
public enum DoubtAnswer: Hashable, Sendable {
    /// It was delivered.
    case delivered(Evidence)
    /// It certainly was not.
    case notDelivered
    /// It cannot be known.
    case unknown(Evidence)
}

/// The ledger could not record that a message is about to leave; nothing was delivered.
public struct WireFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String

    /// Takes the reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}

/// A way to send: SMTP, Graph mail, a webhook, an outbox folder.
///
/// An implementation does not retry, does not log what it sends and does not read the clock: the engine does.
public protocol Channel: Sendable {
    /// What messages must be.
    var format: MessageFormat { get }

    /// How many deliveries may be under way at once.
    var width: Int { get }

    /// Sends one message and says what is known afterwards.
    ///
    /// - Parameters:
    ///   - message: Ready to leave; its size is at most ``Limits/messageBytes``.
    ///   - wire: Awaited once, when everything but the completing byte has left; returns when the ledger holds it
    ///     on disk. If it throws, or is never awaited, nothing was delivered.
    /// - Returns: What the ledger may conclude. A refusal by the counterpart is a value, not an error.
    /// - Throws: ``WireFailure``, passed on from `wire` after the attempt was dropped.
    func send(_ message: Message, wire: () async throws(WireFailure) -> Void) async throws(WireFailure) -> Attempt

    /// Finds out what became of a delivery that is in doubt.
    ///
    /// - Parameters:
    ///   - key: The delivery.
    ///   - recipient: Who it went to.
    ///   - age: How long ago its wire mark was set.
    /// - Returns: ``DoubtAnswer/unknown(_:)`` where the channel has no way to tell.
    func lookUp(_ key: DedupeKey, recipient: Recipient, age: Duration) async -> DoubtAnswer

    /// Tries what can be tried without sending anything.
    func examine() async -> [Examination]

    /// Takes leave of the counterpart: nothing more is sent after this.
    func close() async
}

extension Channel {
    /// Nothing.
    public func examine() async -> [Examination] { [] }
    /// Nothing to take leave of.
    public func close() async {}
}
