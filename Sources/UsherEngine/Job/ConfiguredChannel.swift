internal import UsherJob
internal import UsherModel

/// A channel of a job, ready to send, with the job file's settings for it.
struct ConfiguredChannel: Sendable {
    let name: ChannelName
    /// How many deliveries the channel may take per second; nil where there is no limit.
    let rate: Rate?
    /// What to do with a delivery in doubt when the channel cannot tell whether it arrived.
    let inDoubt: ChannelNode.InDoubt
    private let channel: any Channel

    init(_ channel: any Channel, _ node: ChannelNode) {
        (name, rate, inDoubt, self.channel) = (node.name, node.rate, node.inDoubt, channel)
    }

    var format: MessageFormat { channel.format }
    var width: Int { channel.width }
    var reach: ChannelReach { channel.reach }

    func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        try await channel.send(message, wire: wire)
    }

    func lookUp(_ key: DedupeKey, recipient: Recipient, age: Duration) async -> DoubtAnswer {
        await channel.lookUp(key, recipient: recipient, age: age)
    }

    func examine() async -> [Examination] { await channel.examine() }

    func close() async { await channel.close() }
}
