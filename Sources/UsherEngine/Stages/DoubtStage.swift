internal import UsherJob
internal import UsherLedger
internal import UsherModel

/// Finds out what became of deliveries that a crash left on the wire, as far as their channel can tell.
struct DoubtStage {
    let assembly: Assembly
    let ledger: Ledger
    let settings: RunSettings

    func run(_ report: inout RunReport) async throws(LedgerError) {
        var found = Found()
        for station in assembly.stations {
            var last: DedupeKey?
            while !settings.isStopping() {
                let doubts = try ledger.doubts(
                    job: assembly.ledgerName, channel: station.name, after: last, limit: Limits.claimBatch)
                guard let end = doubts.last else { break }
                for doubt in doubts { try await settle(doubt, at: station, &found) }
                last = end.key
            }
        }
        report.tally.inDoubt += found.unknown
        if found.arrived > 0 { report.notes.append("\(found.arrived) were in doubt and have arrived") }
        if found.missing > 0 {
            report.notes.append("\(found.missing) were in doubt and have not arrived: they go again")
        }
        if found.resent > 0 {
            report.notes.append("\(found.resent) are in doubt and go again, under the same id (in-doubt: resend)")
        }
    }

    /// How doubts ended.
    private struct Found {
        var arrived = 0
        var missing = 0
        var resent = 0
        var unknown = 0
    }

    private func settle(_ doubt: Doubt, at station: Station, _ found: inout Found) async throws(LedgerError) {
        guard let recipient = doubt.recipient else {
            found.unknown += 1
            return
        }
        let age = max(settings.clock.now() - doubt.wiredAt, .zero)
        switch await station.channel.settle(doubt.key, recipient: recipient, age: age) {
        case .delivered(let evidence):
            try ledger.settleDoubt(doubt.key, as: .delivered(evidence), now: settings.now)
            found.arrived += 1
        case .notDelivered:
            try ledger.settleDoubt(doubt.key, as: .notDelivered, now: settings.now)
            found.missing += 1
        case .unknown where station.inDoubt == .resend:
            try ledger.settleDoubt(doubt.key, as: .notDelivered, now: settings.now)
            found.resent += 1
        case .unknown: found.unknown += 1
        }
    }
}
