import Testing

@Suite("problems around a run", .serialized)
struct TroubleTests {
    /// Each ends with the same comparison: nothing twice, nothing lost, no state that does not match what arrived.
    @Test(arguments: [
        "two-runs", "eight-runs", "full-disk", "faulty-disk", "read-only-ledger", "busy-ledger", "moving-clock",
        "sleeping-host", "copied-ledger", "sigterm", "sigint", "sigterm-while-no-one-answers",
    ])
    func doubleNothingAndLoseNothing(_ scenario: String) async throws {
        let verdict = try await Chaos.run("--scenario", scenario)
        #expect(verdict.good, "\(verdict.problems.joined(separator: "\n"))")
        #expect(verdict.duplicates == 0 && verdict.losses == 0 && verdict.wrong == 0)
        #expect(verdict.deliveries == 240 && verdict.runs > 2)
    }
}
