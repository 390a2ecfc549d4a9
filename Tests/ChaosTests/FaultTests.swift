import Testing

@Suite("faults around a run", .serialized)
struct FaultTests {
    /// Each scenario ends with the same comparison: no duplicates, no losses, and every state matches what arrived.
    @Test(arguments: [
        "two-runs", "eight-runs", "full-disk", "faulty-disk", "read-only-ledger", "busy-ledger", "moving-clock",
        "sleeping-host", "copied-ledger", "sigterm", "sigint", "sigterm-while-no-one-answers",
    ])
    func neitherDuplicateNorLose(_ scenario: String) async throws {
        let outcome = try await Chaos.run("--scenario", scenario)
        #expect(outcome.good, "\(outcome.problems.joined(separator: "\n"))")
        #expect(outcome.duplicates == 0 && outcome.losses == 0 && outcome.wrong == 0)
        #expect(outcome.deliveries == 240 && outcome.runs > 2)
    }
}
