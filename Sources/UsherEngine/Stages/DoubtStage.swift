internal import UsherLedger
internal import UsherModel

/// Finds out what became of deliveries that a crash left on the wire, as far as their channel can tell.
struct DoubtStage {
    let assembly: Assembly
    let ledger: Ledger
    let settings: RunSettings

    func run(_ report: inout RunReport) async throws(LedgerError) {
        for station in assembly.stations {
            let doubts = try ledger.doubts(
                job: assembly.ledgerName, channel: station.name, limit: Limits.claimBatch)
            for doubt in doubts { try await settle(doubt, at: station, &report) }
        }
    }

    private func settle(_ doubt: Doubt, at station: Station, _ report: inout RunReport) async throws(LedgerError) {
        guard let recipient = doubt.recipient else { return }
        switch await station.channel.settle(doubt.key, recipient: recipient) {
        case .delivered(let evidence):
            try ledger.settleDoubt(doubt.key, as: .delivered(evidence), now: settings.now)
            report.notes.append("\(doubt.key.hex.prefix(12)) was in doubt and has arrived: \(evidence)")
        case .notDelivered:
            try ledger.settleDoubt(doubt.key, as: .notDelivered, now: settings.now)
            report.notes.append("\(doubt.key.hex.prefix(12)) was in doubt and has not arrived: it goes again")
        case .unknown:
            report.tally.inDoubt += 1
        }
    }
}
