internal import UsherJob
internal import UsherModel

/// Looks up deliveries in doubt at their channels, as far as these can tell whether a delivery arrived.
struct DoubtStage {
    let job: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings

    func run(_ report: inout RunReport) async throws(LedgerError) {
        var counts = Counts()
        for channel in job.channels {
            var last: DedupeKey?
            while !settings.isStopping() {
                let doubts = try await ledger.doubts(
                    job: job.ledgerName, channel: channel.name, after: last, limit: Limits.claimBatch)
                guard let end = doubts.last else { break }
                for doubt in doubts { try await resolve(doubt, at: channel, &counts) }
                last = end.key
            }
        }
        report.tally.inDoubt += counts.unknown
        if counts.arrived > 0 { report.notes.append("\(counts.arrived) were in doubt and had arrived") }
        if counts.missing > 0 {
            report.notes.append("\(counts.missing) were in doubt and had not arrived; they will be sent again")
        }
        if counts.resent > 0 {
            report.notes.append(
                "\(counts.resent) were in doubt and will be sent again with the same content under the same id")
        }
    }

    /// How the deliveries in doubt were resolved.
    private struct Counts {
        var arrived = 0
        var missing = 0
        var resent = 0
        var unknown = 0
    }

    private func resolve(_ doubt: Doubt, at channel: ConfiguredChannel, _ counts: inout Counts)
        async throws(LedgerError)
    {
        guard let recipient = doubt.recipient else {
            counts.unknown += 1
            return
        }
        let age = max(settings.clock.now() - doubt.wiredAt, .zero)
        // A diverted mail is addressed to someone else, who gets those of all other recipients, too: a subject tells nothing there.
        let diverted = channel.sendsMail ? job.divert?.mail : nil
        // Another run may end the same doubt at the same time: then this one has nothing to count.
        switch await channel.lookUp(
            doubt.id, recipient: diverted.map { .person($0) } ?? recipient, age: age,
            subject: diverted == nil ? doubt.subject : nil)
        {
        case .delivered(let evidence):
            if try await ledger.resolveDoubt(doubt.key, as: .delivered(evidence), now: settings.now) {
                counts.arrived += 1
            }
        case .notDelivered where !channel.repeatsDoubts:
            if try await ledger.resolveDoubt(doubt.key, as: .notDelivered, now: settings.now) { counts.missing += 1 }
        case .notDelivered, .unknown:
            guard channel.repeatsDoubts else {
                counts.unknown += 1
                return
            }
            if try await ledger.resolveDoubt(doubt.key, as: .repeated, now: settings.now) { counts.resent += 1 }
        }
    }
}
