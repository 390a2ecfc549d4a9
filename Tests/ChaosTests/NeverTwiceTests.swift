import Testing

@Suite("kills and losses of power", .serialized)
struct NeverTwiceTests {
    @Test func neitherDoubleNorLose() async throws {
        let verdict = try await Chaos.run("--kills", "200", "--power", "40")
        #expect(verdict.good, "\(verdict.problems.joined(separator: "\n"))")
        #expect(verdict.kills == 200 && verdict.powers == 40)
        #expect(verdict.duplicates == 0 && verdict.losses == 0 && verdict.wrong == 0)
        #expect(verdict.doubts > 0 && verdict.resent > 0, "no death fell between a mark and its outcome")
        #expect(verdict.mostDoubtsAtOnce <= 8, "more in doubt than connections")
        #expect(verdict.mails > 0 && verdict.webhooks > 0)
    }

    @Test func doubleWithAPlainWorkerThatMarksAfterItHasSent() async throws {
        let verdict = try await Chaos.run("--worker", "after", "--kills", "40", "--power", "0")
        #expect(!verdict.good && verdict.duplicates > 0 && verdict.losses == 0)
    }

    @Test func loseWithAPlainWorkerThatMarksBeforeItSends() async throws {
        let verdict = try await Chaos.run("--worker", "before", "--kills", "40", "--power", "0")
        #expect(!verdict.good && verdict.losses > 0 && verdict.duplicates == 0)
    }

    @Test func doubleOnADiskThatKeepsNothingItWasAskedToFlush() async throws {
        let verdict = try await Chaos.run("--lying-disk", "--kills", "0", "--power", "15")
        #expect(!verdict.good && verdict.duplicates > 0)
    }
}
