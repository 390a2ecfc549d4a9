import Foundation
import Testing
import UsherEngine
import UsherTesting

@Suite("a kill at every step")
struct CrashTests {
    @Test func neitherDoublesNorLoses() async throws {
        let count = try await { () in
            let folder = try TemporaryFolder()
            return try await Rehearsal(in: folder, people: 2).steps()
        }()
        #expect(count > 20)
        for n in 1...count {
            let folder = try TemporaryFolder()
            let rehearsal = try Rehearsal(in: folder, people: 2)
            await #expect(processExitsWith: .signal(SIGKILL), "step \(n)") {
                [n = n as Int, path = folder.path as String] in
                try await Rehearsal(path).run(dyingAt: n)
            }
            let after = try await rehearsal.run()
            #expect(after.problems.isEmpty, "step \(n): \(after.problems)")
            #expect(try await rehearsal.states() == ["sent": 2], "step \(n)")
            #expect(rehearsal.messages().count == 2, "step \(n)")
            let files = try rehearsal.files()
            let again = try await rehearsal.run()
            #expect(again.tally.sent == 0, "step \(n)")
            #expect(try rehearsal.files() == files, "step \(n)")
            #expect(!files.keys.contains { $0.hasSuffix(".part") }, "step \(n): \(files.keys.sorted())")
        }
    }
}
