internal import UsherJob
internal import UsherModel

/// A channel of a job, ready to send, with the job file's settings for it.
struct ConfiguredChannel: Sendable {
    let name: ChannelName
    let channel: any Channel
    /// How many deliveries the channel may take per second; nil where there is no limit.
    let rate: Rate?
    /// What to do with a delivery whose fate neither the ledger nor the channel can tell.
    let inDoubt: ChannelNode.InDoubt
}
