internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func claimTokens(
        job: String, channel: ChannelName, wanted: Int, perSecond: Double, burst: Int, clock: Instant
    ) async throws(LedgerError) -> Tokens {
        try await write("ledger.claim-tokens") { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT tokens, at FROM bucket WHERE job = ? AND channel = ?",
                arguments: [job, channel.rawValue])
            let last: Int64 = row?["at"] ?? clock.secondsSince1970
            let elapsed = Double(max(0, clock.secondsSince1970 - last))
            let full = Double(max(1, burst))
            let tokens = min(full, (row?["tokens"] ?? full) + elapsed * perSecond)
            let granted = min(max(0, wanted), Int(tokens))
            try db.execute(
                sql: """
                    INSERT INTO bucket (job, channel, tokens, at) VALUES (:job, :channel, :tokens, :at)
                    ON CONFLICT DO UPDATE SET tokens = :tokens, at = :at
                    """,
                arguments: [
                    "job": job, "channel": channel.rawValue, "tokens": tokens - Double(granted),
                    "at": max(last, clock.secondsSince1970),
                ])
            let missing = max(0, 1 - (tokens - Double(granted)))
            let wait = perSecond > 0 ? (missing / perSecond).rounded(.up) : 3600
            return Tokens(granted: granted, nextAt: clock + .seconds(Int64(min(wait, 86_400))))
        }
    }
}
