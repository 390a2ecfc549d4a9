import Foundation
import Testing

/// The rules that the compiler does not check: which target may import a library, and what may not be written anywhere.
@Suite("house rules")
struct HouseRulesTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private struct Source {
        let target: String
        let name: String
        let lines: [Substring]
    }

    private func sources() throws -> [Source] {
        let folder = root.appending(path: "Sources")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
        return try names.sorted().map { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return Source(
                target: String(name.prefix { $0 != "/" }), name: name,
                lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    private func locations(importing module: String) throws -> Set<String> {
        let pattern = try Regex(
            "^\\s*(@.* )?((public|package|internal|private|fileprivate) )?import ((struct|class|enum|func) )?\(module)\\b"
        )
        return Set(try sources().filter { $0.lines.contains { $0.contains(pattern) } }.map(\.target))
    }

    @Test(arguments: [
        ("GRDB", ["UsherLedger"]), ("Yams", ["UsherJob"]), ("Mustache", ["UsherRender"]), ("ArgumentParser", ["usher"]),
        ("CCurl", ["UsherTransfer"]), ("Subprocess", ["UsherCredentials"]),
    ])
    func eachLibraryHasOneDoor(module: String, targets: [String]) throws {
        #expect(try locations(importing: module).isSubset(of: targets))
    }

    /// The engine and the commands use the ledger through its protocols; another ledger engine needs one more line there.
    @Test func theLedgersEngineIsKnownInOnePlace() throws {
        let files = try sources().filter { $0.lines.contains { $0.contains("import UsherLedger") } }.map(\.name)
        #expect(files == ["UsherEngine/Kinds/LedgerKinds.swift"])
    }

    @Test(arguments: ["ICalendar", "UsherText", "UsherModel", "UsherPlan", "UsherTransfer"])
    func theCoreKnowsNoFoundation(_ target: String) throws {
        let module = try locations(importing: "Foundation(Essentials)?")
        #expect(!module.contains(target))
    }

    @Test(arguments: ["ICalendar", "UsherText", "UsherModel", "UsherPlan"])
    func whatIsPureDoesNotLog(_ target: String) throws {
        #expect(try !locations(importing: "Logging").contains(target))
    }

    /// One codec for each format: these words show that a target writes its own again.
    @Test func textFormatsAreWrittenInOneTarget() throws {
        let words = [
            "JSONEncoder", "JSONDecoder", "JSONSerialization", "base64Encoded", "addingPercentEncoding",
            "removingPercentEncoding", "&amp;", "hasPrefix(\"127.", "\"127.0.0.1\"", "radix: 16, uppercase",
        ]
        // Codable values, which only Foundation's coders read and write.
        let exceptions = ["UsherLedger/Snapshot.swift"]
        for source in try sources() where !["ICalendar", "UsherText", "embed-templates"].contains(source.target) {
            guard !exceptions.contains(source.name) else { continue }
            for (number, line) in source.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in words where line.contains(word) {
                    Issue.record("Sources/\(source.name):\(number + 1): \(word) belongs to UsherText")
                }
            }
        }
    }

    @Test func whatMayNotBeWrittenIsNotWritten() throws {
        let forbidden = [
            "try!", "as!", "fatalError(", "preconditionFailure(", "unowned ", "nonisolated(unsafe)", "Task.detached",
        ]
        for source in try sources() where source.target != "embed-templates" {
            for (number, line) in source.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in forbidden where line.contains(word) {
                    Issue.record("Sources/\(source.name):\(number + 1): \(word)")
                }
            }
        }
    }

    @Test func onlyTheCommandReadsTheClock() throws {
        let forbidden = ["Date()", "Date.now", "ContinuousClock()", "SuspendingClock()", "Task.sleep", ".random(in:"]
        for source in try sources() where source.target != "usher" && source.target != "embed-templates" {
            for (number, line) in source.lines.enumerated() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in forbidden where line.contains(word) {
                    Issue.record("Sources/\(source.name):\(number + 1): \(word)")
                }
            }
        }
    }

    @Test func everyTargetOpensWithItsModuleComment() throws {
        for target in Set(try sources().map(\.target)) where target.hasPrefix("Usher") || target == "ICalendar" {
            let text = try String(
                contentsOf: root.appending(path: "Sources/\(target)/\(target).swift"), encoding: .utf8)
            let words = text.split(separator: "\n").filter { !$0.hasPrefix("//") }
            #expect(text.hasPrefix("// \(target):"), "\(target)")
            #expect(words.isEmpty, "\(target).swift holds more than its comment")
            #expect(text.lowercased().contains("never"), "\(target).swift does not say what it must never do")
        }
    }
}
