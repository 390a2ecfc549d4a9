import Foundation
import Testing
import UsherTesting

/// What strangers write is shown to people, and a terminal must not obey it.
@Suite("what a terminal is told")
struct TerminalTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    @Test func noRecordCanClearTheScreenOrHideALine() async throws {
        try folder.write(
            """
            {"webinars": [{"id": "e1", "displayName": "Event", "sessions": [
                {"id": "s1", "status": "gone\\u001b[2J\\u009b1A\\u202e\\rfine\\u0007",
                 "startDateTime": "2026-12-09T15:00:00Z", "endDateTime": "2026-12-09T16:00:00Z"}]}]}
            """, to: "events.json")
        for arguments in [["check", "job.yaml"], ["run", "job.yaml", "-v"]] {
            let result = try await Command.start(
                arguments + ["--now", "2026-12-01T09:00:00Z"], in: folder.path
            ).finish()
            let shown = result.output + result.errors
            #expect(shown.contains("gone"), "\(shown)")
            let obeyed = shown.unicodeScalars.filter { scalar in
                scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || (0x7F..<0xA0).contains(scalar.value)
                    || scalar == "\u{202E}"
            }
            #expect(obeyed.isEmpty, "\(shown.debugDescription)")
        }
    }
}
