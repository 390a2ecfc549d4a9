import ICalendar
import Testing

/// Pseudorandom numbers from a seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Generated events survive writing, and reading by the oracle, without loss.
struct GeneratedEventTests {
    private static let atoms = [
        "a", "Z", " ", ",", ";", ":", "\\", "\"", "^", "'", "=", "\n", "\r\n", "\r", "\t", "\u{0}", "\u{7F}", "\u{1B}",
        "é",
        "日", "🎉", "👩‍👩‍👧", "e\u{301}", "\u{85}", "\u{2028}", "\u{FEFF}", "\\n", "^n", "BEGIN:VEVENT", "%0A", "\u{10FFFF}",
    ]

    private func text(_ random: inout Seeded) -> String {
        let longest = [3, 30, 200].randomElement(using: &random) ?? 3
        let length = Int.random(in: 0...longest, using: &random)
        return (0..<length).map { _ in Self.atoms.randomElement(using: &random) ?? "" }.joined()
    }

    private func value(_ random: inout Seeded) -> Value {
        let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1, 2: return .text(text(&random))
        case 3:
            let count = Int.random(in: 1...4, using: &random)
            return .textList((0..<count).map { _ in text(&random) })
        case 4: return .uri(text(&random))
        case 5: return .utcDateTime(UTCDateTime(clamping: seconds))
        case 6: return .integer(Int.random(in: .min ... .max, using: &random))
        default: return .raw(text(&random), type: "X-ANY")
        }
    }

    private func event(_ random: inout Seeded) throws -> Event {
        var event = Event(uid: text(&random), stamp: .earliest, start: .utc(.latest), summary: text(&random))
        let parameterNames = [Parameter.Name.cn, .label, .altrep, try Parameter.Name("X-P")]
        for number in 0..<Int.random(in: 1...8, using: &random) {
            let parameters = parameterNames.shuffled(using: &random).prefix(number % 4).map { name in
                Parameter(name, values: (0...number % 2).map { _ in text(&random) })
            }
            event.properties.append(Property(try PropertyName("X-\(number)"), value(&random), parameters))
        }
        return event
    }

    /// The expected result of reading a value that was written.
    private func expectRead(_ read: String, of value: Value) {
        switch value {
        case .text(let text): #expect(Oracle.texts(read) == [carried(text)])
        case .textList(let texts): #expect(Oracle.texts(read) == texts.map(carried))
        case .uri(let text), .raw(let text, type: _):
            #expect(read.unicodeScalars.elementsEqual(carried(text).unicodeScalars.filter { $0 != "\n" }))
        case .utcDateTime(let instant):
            let fields = LocalDateTime(clampingWallSeconds: instant.secondsSince1970)
            let date = fields.date.year * 10_000 + fields.date.month * 100 + fields.date.day
            #expect(Int(read.prefix(8)) == date)
            #expect(Int(read.dropFirst(9).prefix(6)) == fields.hour * 10_000 + fields.minute * 100 + fields.second)
            #expect(read.count == 16 && read.hasSuffix("Z"))
        case .integer(let number): #expect(Int(read) == number)
        case .calendarAddress, .localDateTime, .date, .duration, .period, .recurrence, .float, .coordinates, .boolean,
            .binary, .utcOffset, .list:
            Issue.record("not generated")
        }
    }

    @Test(arguments: 0..<300)
    func nothingIsLost(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let event = try event(&random)
        var calendar = Calendar(prodID: "p")
        calendar.events = [event]
        let bytes = calendar.encoded()
        #expect(bytes == calendar.encoded())
        #expect(try Calendar(strict: bytes).encoded() == bytes)
        #expect(try Calendar.lenient(bytes).problems.isEmpty)
        let lines = try Oracle.lines(bytes)
        let begin = try #require(lines.firstIndex { $0.name == "BEGIN" && $0.value == "VEVENT" })
        let inner = lines[(begin + 1)...].prefix { $0.name != "END" }
        try #require(inner.count == event.properties.count)
        for (line, property) in zip(inner, event.properties) {
            #expect(line.name == property.name.text)
            expectRead(line.value, of: property.value)
            let parameters = line.parameters.filter { $0.name != "VALUE" }
            #expect(
                parameters
                    == property.parameters.map {
                        OracleParameter(name: $0.name.text, values: $0.values.map(carried))
                    })
        }
    }
}
