import Foundation
import ICalendar
import Testing
import UsherTesting

/// Calendars from real programs and malformed ones: neither they nor mutations of them crash or hang a reader.
struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    static let names: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        } catch {
            return []
        }
    }()

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.folder.appending(path: name)))
    }

    @Test func theCorpusIsThere() {
        #expect(Self.names.count > 12)
    }

    /// The calendar and the problems that the lenient reader returns for each file.
    @Test(arguments: names.filter { $0.hasSuffix(".ics") })
    func everyFileIsReadAsRecorded(name: String) throws {
        let bytes = try bytes(name)
        let reading = try ICalendar.Calendar.lenient(bytes)
        var text = "strict: "
        do throws(ICalendarError) {
            text += "good, \(try ICalendar.Calendar(strict: bytes).components.count) components\n"
        } catch {
            text += "\(error)\n"
        }
        text += reading.problems.map { "lenient: \($0)\n" }.joined()
        try expectGolden(Array(text.utf8) + reading.calendar.encoded(), "corpus/\(name).txt")
    }

    @Test(arguments: names)
    func nothingNearAFileCrashes(name: String) throws {
        var random = Seeded(state: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        let original = try bytes(name)
        try readAll(original)
        for _ in 0..<60 { try readAll(Self.mutated(original, &random)) }
    }

    private func readAll(_ bytes: [UInt8]) throws {
        let reading = try ICalendar.Calendar.lenient(bytes)
        let written = reading.calendar.encoded()
        #expect(try ICalendar.Calendar.lenient(written).calendar.encoded() == written)
        #expect(try ICalendar.Calendar(jCal: reading.calendar.jCal()).prodID == reading.calendar.prodID)
        do throws(ICalendarError) {
            let calendar = try ICalendar.Calendar(strict: bytes)
            #expect(try ICalendar.Calendar(strict: calendar.encoded()) == calendar)
        } catch {
            #expect(error.line != nil || error.code == .unbalanced, "\(error)")
        }
        do throws(ICalendarError) {
            _ = try ICalendar.Calendar(jCal: bytes)
        } catch {
            #expect(!error.problem.isEmpty)
        }
        var limits = OccurrenceLimits()
        (limits.occurrences, limits.work) = (20, 500)
        let occurrences = reading.calendar.occurrences(in: .earliest ..< .latest, floating: .utc, limits: limits) { _ in
            nil
        }
        #expect(occurrences.elements.count <= 20)
    }

    /// Changes, removes and duplicates bytes, and inserts keywords of the format.
    private static func mutated(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let index = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, index + Int.random(in: 0...40, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(index..<end)
            case 2: bytes.insert(contentsOf: bytes[index..<end], at: index)
            case 3: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: index)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            }
        }
        return bytes
    }

    private static let words = [
        "\r\n", "\r\n ", "\n", "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n",
        ";VALUE=DATE", ":", ";", ",",
        "\"", "\\", "^", "RRULE:FREQ=DAILY\r\n", "RDATE:", "99999999999999999999", "-", "[", "{", "}", "]", "\\u",
        "null",
    ]
}
