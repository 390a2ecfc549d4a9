import Testing

/// Worlds with time: hours of cron runs, of a source that throttles, of servers that are away, judged by `scripts/chaos_oracle.py`.
@Suite("worlds with time", .serialized)
struct TimeTests {
    /// Hours of waiting take seconds, all processes of a world agree on the time, and one of them can be ahead.
    @Test func theClockOfAWorldHoldsForEveryProcess() async throws {
        let outcome = try await Chaos.run("--scenario", "clock")
        #expect(outcome.good, "\(outcome.problems.joined(separator: "\n"))")
    }

    @Test func nothingIsLateLostOrStale() async throws {
        let outcome = try await Chaos.run("--kind", "time", "--kills", "60", "--power", "8", "--worlds", "4")
        #expect(outcome.good, "\(outcome.problems.joined(separator: "\n"))")
        #expect(outcome.late == 0 && outcome.lost == 0 && outcome.wrongRevisions == 0)
        #expect(outcome.duplicates == 0 && outcome.losses == 0 && outcome.wrong == 0)
        #expect(outcome.timeWorlds > 2 && outcome.obligations > 50, "too little happened to judge")
    }

    /// The oracle finds what is falsified in copies of the record of a quiet day.
    ///
    /// One message after its session, one person never told, a mail twice, and facts that never were.
    @Test func theOracleFindsWhatIsFalsified() async throws {
        let outcome = try await Chaos.run(
            "--kind", "time", "--world", "1", "--worlds", "2", "--kills", "0", "--power", "0", "--tamper", "each")
        #expect(outcome.good, "\(outcome.problems.joined(separator: "\n"))")
        #expect(outcome.timeWorlds == 1 && outcome.obligations > 10, "too little happened to judge")
    }
}
