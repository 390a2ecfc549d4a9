internal import UsherModel

/// Sends the deliveries that are due: every channel has a loop of its own, and all of them run at once.
struct DeliverStage {
    let job: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings
    let progress: @Sendable (Progress) -> Void

    /// Delivers until nothing more can go in this run.
    ///
    /// - Returns: The outcomes and the problems of all channels.
    @concurrent
    func run() async -> DeliveryTally {
        let sender = await DeliverySender(job: job, ledger: ledger, settings: settings)
        return await withTaskGroup(of: DeliveryTally.self) { group in
            for channel in job.channels {
                let run = ChannelRun(channel, sender, job: job, ledger: ledger, settings: settings, progress: progress)
                group.addTask { await run.run() }
            }
            return await group.reduce(into: DeliveryTally()) { $0.add($1) }
        }
    }
}
