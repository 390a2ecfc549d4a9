import Foundation
import Testing

@Suite("docs/security.md and packaging")
struct SecurityDocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The text of all tests.
    private func tests() throws -> String {
        let folder = Self.root.appending(path: "Tests")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        return try names.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }.joined()
    }

    @Test func everyThreatNamesTestsThatExist() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/security.md"), encoding: .utf8)
        let tests = try tests()
        var count = 0
        let table = text.split(separator: "## Threats").last?.split(separator: "\n## ").first ?? ""
        for row in table.split(separator: "\n").filter({ $0.hasPrefix("| ") }).dropFirst() {
            let cells = row.split(separator: " | ")
            try #require(cells.count == 3, "\(row)")
            let names = cells[2].matches(of: /`([a-zA-Z0-9]+)`/).map { String($0.1) }
            #expect(!names.isEmpty, "\(row)")
            for name in names { #expect(tests.contains("func \(name)("), "there is no test \(name)") }
            count += names.count
        }
        #expect(count > 30)
    }

    /// What systemd does not know it only ignores, with a warning that nobody sees.
    @Test func theUnitsHaveNoMistake() throws {
        let analyze = "/usr/bin/systemd-analyze"
        let units = ["usher.service", "usher.timer"].map { Self.root.appending(path: "packaging/\($0)").path }
        for unit in units {
            let text = try String(contentsOfFile: unit, encoding: .utf8)
            for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[") {
                #expect(line.contains("="), "\(line)")
            }
        }
        guard FileManager.default.isExecutableFile(atPath: analyze) else { return }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: analyze)
        process.arguments = ["verify", "--man=no"] + units
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, output)
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = said.split(separator: "\n").filter { line in
            line.contains("usher.") && !line.contains("/usr/local/bin/usher is not executable")
        }
        #expect(lines.isEmpty, "\(said)")
    }
}
