import Foundation
import Testing

/// What the fuzzers start from, and what once broke a reader: each input that is stored is read as the fuzzers read it.
@Suite struct CorpusTests {
    /// An input and who reads it.
    struct Input: Sendable, CustomTestStringConvertible {
        let target: FuzzTarget
        let url: URL
        var testDescription: String { "\(target.rawValue)/\(url.lastPathComponent)" }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    private static func files(_ target: FuzzTarget) -> [URL] {
        var folders = [folder.appending(path: "Corpus/\(target.rawValue)")]
        if target == .calendar {
            folders.append(folder.deletingLastPathComponent().appending(path: "ICalendarTests/Corpus"))
        }
        return folders.flatMap { folder in
            do {
                return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                    .sorted { $0.path < $1.path }
            } catch {
                return []
            }
        }
    }

    @Test(arguments: FuzzTarget.allCases) func everyReaderHasInputs(_ target: FuzzTarget) {
        #expect(Self.files(target).count >= 5)
    }

    @Test(arguments: FuzzTarget.allCases.flatMap { target in files(target).map { Input(target: target, url: $0) } })
    func noStoredInputBreaksAReader(_ input: Input) throws {
        let bytes = [UInt8](try Data(contentsOf: input.url))
        input.target.read(bytes) { holds, otherwise in #expect(holds, "\(otherwise)") }
        // What arrives may be cut off anywhere.
        for part in 1..<8 {
            input.target.read(Array(bytes.prefix(bytes.count * part / 8))) { holds, otherwise in
                #expect(holds, "\(otherwise), cut after \(part) eighths")
            }
        }
    }

    @Test func noReaderNeedsAnyInput() {
        for target in FuzzTarget.allCases { target.read([]) { holds, otherwise in #expect(holds, "\(otherwise)") } }
    }
}
