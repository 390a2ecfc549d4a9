import Testing

@Suite("kills and power failures", .serialized)
struct NeverTwiceTests {
    @Test func neitherDuplicateNorLose() async throws {
        let outcome = try await Chaos.run("--kind", "still", "--kills", "200", "--power", "40")
        #expect(outcome.good, "\(outcome.problems.joined(separator: "\n"))")
        #expect(outcome.kills == 200 && outcome.powers == 40)
        #expect(outcome.duplicates == 0 && outcome.losses == 0 && outcome.wrong == 0)
        #expect(outcome.doubts > 0 && outcome.resent > 0, "no kill happened between sending and recording the outcome")
        #expect(outcome.mostDoubtsAtOnce <= 8, "more in doubt than connections")
        #expect(outcome.mails > 0 && outcome.webhooks > 0)
    }

    @Test func duplicateWithAPlainWorkerThatRecordsAfterSending() async throws {
        let outcome = try await Chaos.run("--worker", "after", "--kills", "40", "--power", "0")
        #expect(!outcome.good && outcome.duplicates > 0 && outcome.losses == 0)
    }

    @Test func loseWithAPlainWorkerThatRecordsBeforeSending() async throws {
        let outcome = try await Chaos.run("--worker", "before", "--kills", "40", "--power", "0")
        #expect(!outcome.good && outcome.losses > 0 && outcome.duplicates == 0)
    }

    @Test func duplicateOnADiskThatIgnoresFlushes() async throws {
        let outcome = try await Chaos.run("--lying-disk", "--kills", "0", "--power", "15")
        #expect(!outcome.good && outcome.duplicates > 0)
    }
}
