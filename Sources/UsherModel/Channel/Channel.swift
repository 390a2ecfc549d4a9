/// What a refusal is about, and so how much of the run it stops.
public enum RefusalScope: String, Hashable, Sendable, CaseIterable {
    /// This delivery only, because the server's words say that it is about this recipient (SMTP 550 5.1.1).
    case recipient
    /// This delivery, as far as one can tell. Where several in a row are refused like this, it is about us: see ``RefusalKind``.
    case delivery
    /// This delivery: its template cannot be rendered until a person mends it.
    case content
    /// This delivery: the source lacks a value that it needs, such as a link.
    case source
    /// The whole channel: the server cannot be reached, or asks to slow down (SMTP 421).
    case channel
    /// The whole channel: the server refuses everything that we send, until a person or a day changes that (a daily limit, a block).
    case sender
    /// The whole channel: the server refused our credentials (SMTP 535), or what they permit.
    case credentials
    /// The whole channel: this machine cannot store its files.
    case storage

    /// Whether nothing else over the channel would fare better.
    public var stopsChannel: Bool {
        switch self {
        case .recipient, .delivery, .content, .source: false
        case .channel, .sender, .credentials, .storage: true
        }
    }
}

/// Why a message was refused, and what else that refusal stops.
public struct Refusal: Hashable, Sendable, CustomStringConvertible {
    /// How much of the run it stops.
    public let scope: RefusalScope
    /// What the server said, or what happened; one line, at most ``Limits/evidenceBytes``, without secrets.
    public let reason: Line

    /// Creates a refusal; the reason is cleaned and shortened to one line.
    public init(_ scope: RefusalScope, _ reason: String) {
        self.scope = scope
        self.reason = Line(cleaning: String(KnownSecrets.hiding(reason).prefix(Limits.evidenceBytes)))
    }

    /// The reason.
    public var description: String { reason.text }
}

/// Proof that a message arrived, or a note of how far it got.
public struct Evidence: Hashable, Sendable, CustomStringConvertible {
    /// A reply, a path or a request id; one line, at most ``Limits/evidenceBytes``, without secrets.
    public let text: Line

    /// Creates evidence; the text is cleaned and shortened to one line.
    public init(_ text: String) {
        self.text = Line(cleaning: String(KnownSecrets.hiding(text).prefix(Limits.evidenceBytes)))
    }

    /// The text.
    public var description: String { text.text }
}

/// The outcome of one attempt to send, as far as it is certain.
public enum Attempt: Hashable, Sendable {
    /// The server took responsibility for the message.
    case sent(Evidence)
    /// Certainly not delivered; another attempt may succeed.
    ///
    /// `after` is how long the server asked to wait (Retry-After, RFC 9110 §10.2.3); nil where it did not say.
    case retry(Refusal, after: Duration?)
    /// Certainly not delivered; another attempt would be refused too.
    case failed(Refusal)
    /// The last byte was sent and no reply came.
    case inDoubt(Evidence)
}

/// What a channel can find out about a delivery that was on the wire when a run crashed.
public enum DoubtAnswer: Hashable, Sendable {
    /// It was delivered.
    case delivered(Evidence)
    /// It certainly was not.
    case notDelivered
    /// The channel cannot tell.
    case unknown(Evidence)
}

/// The ledger could not record that a message was about to be sent; nothing was delivered.
public struct WireFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String

    /// Creates a failure from its reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}

/// Whom a channel's messages reach: what `divert` must replace, so that a diverted job reaches no real recipient.
public enum ChannelReach: Hashable, Sendable {
    /// The people to whom the messages are addressed: `divert: {mail: …}` replaces the address of every mail.
    case people
    /// An endpoint that the channel itself knows.
    ///
    /// `divertedTo` is the URL of `divert: {webhook: …}` where the channel sends there instead, and nil where it sends to the real endpoint.
    case endpoint(divertedTo: String?)
    /// Only this machine.
    case local
}

/// What a channel promises beyond the contract that every channel keeps; the conformance suite checks each promise.
public struct ChannelPromises: OptionSet, Hashable, Sendable {
    /// The promises as bits.
    public let rawValue: Int
    /// Creates a set of promises from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// ``Channel/lookUp(_:recipient:age:subject:)`` finds a message that was delivered, and in time is certain of one that was not.
    public static let findsDeliveries = ChannelPromises(rawValue: 1)
    /// A message that is sent again under the same key is delivered once.
    public static let deliversOncePerKey = ChannelPromises(rawValue: 2)
    /// The service keeps a copy of each message: ``Channel/lookUp(_:recipient:age:subject:)`` can recognize it by its subject, too.
    public static let keepsCopies = ChannelPromises(rawValue: 4)
}

/// A way to send: SMTP, Graph mail, a webhook, an outbox folder.
///
/// An implementation does not retry, does not log what it sends and does not read the clock: the engine does.
public protocol Channel: Sendable {
    /// The kind of message this channel sends.
    var format: MessageFormat { get }

    /// How many deliveries may be under way at once.
    var width: Int { get }

    /// Whom the messages reach. There is no default, so that a new kind cannot escape `divert` by leaving it out.
    var reach: ChannelReach { get }

    /// What the channel promises beyond this contract.
    var promises: ChannelPromises { get }

    /// Sends one message and returns what is certain afterwards.
    ///
    /// - Parameters:
    ///   - message: The message; its size is at most ``Limits/messageBytes``.
    ///   - wire: Awaited once, when everything but the byte that completes the message has been sent; returns when the ledger
    ///     has recorded this on disk. If it throws, or is never awaited, nothing was delivered.
    /// - Returns: The outcome. A refusal by the server is a value, not an error.
    /// - Throws: ``WireFailure``, passed on from `wire` after the attempt was dropped.
    func send(_ message: Message, wire: () async throws(WireFailure) -> Void) async throws(WireFailure) -> Attempt

    /// Looks up whether a delivery in doubt arrived.
    ///
    /// - Parameters:
    ///   - id: The delivery.
    ///   - recipient: Who it went to.
    ///   - age: How long ago its wire mark was set.
    ///   - subject: The digest of its subject; nil where it is not recorded, or where another delivery with the same subject left for the same
    ///     recipient at about that time, so that the subject tells nothing.
    /// - Returns: ``DoubtAnswer/unknown(_:)`` where the channel has no way to tell; ``DoubtAnswer/notDelivered`` only where the message may be
    ///   sent again: it certainly did not arrive, or the channel promises ``ChannelPromises/deliversOncePerKey``.
    func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer

    /// Checks everything that can be checked without sending: connection, sign-in, permissions.
    func examine() async -> [Examination]

    /// Reads back the copy of a message that was just sent, to tell what the service keeps of it.
    ///
    /// - Parameter message: The message.
    /// - Returns: One result for each step; none where the channel does not promise ``ChannelPromises/keepsCopies``.
    func examine(copyOf message: Message) async -> [Examination]

    /// Checks that the secrets have the form they must have, without any connection.
    ///
    /// - Parameter runsPrograms: Whether programs that print secrets may be run.
    /// - Returns: One result for each secret that has a form.
    func examineSecrets(runsPrograms: Bool) async -> [Examination]

    /// Closes all connections; nothing is sent after this.
    func close() async
}

extension Channel {
    /// Checks nothing.
    public func examine() async -> [Examination] { [] }
    /// There are no copies.
    public func examine(copyOf message: Message) async -> [Examination] { [] }
    /// Its secrets have no form, or it has none.
    public func examineSecrets(runsPrograms: Bool) async -> [Examination] { [] }
    /// Does nothing: there is no connection to close.
    public func close() async {}
}
