internal import UsherJob
internal import UsherModel

/// A channel of a job, ready to send, with the job file's settings for it.
struct ConfiguredChannel: Sendable {
    let name: ChannelName
    /// How many deliveries may leave in a window of time; nil where there is no limit.
    let budget: Budget?
    /// What to do with a delivery in doubt when the channel cannot tell whether it arrived.
    let inDoubt: ChannelNode.InDoubt
    private let channel: any Channel

    init(_ channel: any Channel, _ node: ChannelNode) {
        (name, inDoubt, self.channel) = (node.name, node.inDoubt, channel)
        budget = node.rate.map { Budget($0.count, per: $0.period) }
    }

    var format: MessageFormat { channel.format }
    var width: Int { channel.width }
    var reach: ChannelReach { channel.reach }

    var sendsMail: Bool {
        switch channel.format {
        case .mail: true
        case .payload: false
        }
    }

    /// Whether a delivery in doubt is sent again under its id, without anyone knowing whether it arrived.
    var repeatsDoubts: Bool { inDoubt == .resend || channel.promises.contains(.deliversOncePerKey) }

    /// Whether a delivery in doubt can wait to be sent again without a person having decided that.
    var resolvesDoubts: Bool { repeatsDoubts || channel.promises.contains(.findsDeliveries) }

    func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        try await channel.send(message, wire: wire)
    }

    /// What the ledger keeps of a message to recognize it by, where it may have to.
    func digest(of message: Message) -> String? {
        if repeatsDoubts { return message.contentDigest }
        return keepsCopies ? message.subjectDigest?.text : nil
    }

    func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer {
        await channel.lookUp(id, recipient: recipient, age: age, subject: subject)
    }

    func examineSecrets(runsPrograms: Bool) async -> [Examination] {
        await channel.examineSecrets(runsPrograms: runsPrograms)
    }

    func examine() async -> [Examination] { await channel.examine() }

    /// Whether the service keeps copies that show what became of a message.
    var keepsCopies: Bool { channel.promises.contains(.keepsCopies) }

    func examine(copyOf message: Message) async -> [Examination] { await channel.examine(copyOf: message) }

    func close() async { await channel.close() }
}
