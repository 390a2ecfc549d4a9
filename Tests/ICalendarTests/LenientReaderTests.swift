import ICalendar
import Testing

/// Input as calendar programs write it, and input that was damaged in transit.
struct LenientReaderTests {
    private func read(_ bytes: [UInt8]) throws -> Calendar.Reading { try Calendar.lenient(bytes) }

    private func read(_ text: String) throws -> Calendar.Reading { try read(Array(text.utf8)) }

    @Test(arguments: ["\n", "\r\n"])
    func bareLineFeedsBreakLinesAndFold(lineBreak: String) throws {
        let text = [
            "BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:a", "  b", "END:VEVENT", "END:VCALENDAR",
        ].joined(separator: lineBreak)
        let reading = try read(text)
        #expect(reading.calendar.events.map(\.summary) == ["a b"])
        #expect(reading.problemCount > 0)
    }

    @Test func aByteOrderMarkIsSkipped() throws {
        let reading = try read(Array("\u{FEFF}".utf8) + event("SUMMARY:x"))
        #expect(reading.calendar.events.first?.summary == "x")
        #expect(try reading.calendar.properties.text("VERSION") == "2.0")
        #expect(reading.problems.map(\.line) == [1])
    }

    @Test func aMalformedLineIsSkippedAndReported() throws {
        let reading = try read(event("SUMMARY:x", "and this is no line", "LOCATION:y", ";:", "", "URL;A:z"))
        #expect(reading.calendar.events.first?.summary == "x")
        #expect(reading.calendar.events.first?.location == "y")
        #expect(reading.calendar.events.first?.url == nil)
        #expect(reading.problems.map(\.line) == [9, 11, 12, 13])
    }

    @Test func anInvalidValueIsKeptAsText() throws {
        let bytes = event("DURATION:an hour", "RRULE:FREQ=FORTNIGHTLY", "GEO:here")
        let reading = try read(bytes)
        let properties = try #require(reading.calendar.events.first?.properties)
        #expect(properties.first(.duration)?.value == .raw("an hour", type: nil))
        #expect(properties.first(.rrule)?.value == .raw("FREQ=FORTNIGHTLY", type: nil))
        #expect(reading.problems.map(\.location) == ["DURATION", "RRULE", "GEO"])
        #expect(try Calendar.lenient(reading.calendar.encoded()).calendar == reading.calendar)
    }

    @Test(arguments: [
        ("SUMMARY:a, b; c", Value.text("a, b; c")), (#"SUMMARY:a\:b\"c"#, .text("a:b\"c")),
        (#"SUMMARY:a\"#, .text("a\\")),
        ("DTEND:20260613", .date(CivilDate(clampingDays: 20_617))),
        ("DTEND;VALUE=DATE:20260613T120000Z", .date(CivilDate(clampingDays: 20_617))),
        ("DURATION:P1DT30S", .duration(CalendarDuration(days: 1, seconds: 30))),
        ("DURATION:P1W2D", .duration(.days(9))), ("X;VALUE=UTC-OFFSET:-0000", .utcOffset(seconds: 0)),
        ("ATTACH;VALUE=BINARY;ENCODING=BASE64:AAE", .binary([0, 1])), ("SUMMARY:a\u{1}b\rc", .text("abc")),
    ])
    func whatProgramsWriteIsUnderstood(line: String, value: Value) throws {
        let properties = try #require(try read(event(line)).calendar.events.first?.properties)
        #expect(properties.contains { $0.value == value }, "\(Array(properties))")
    }

    @Test func aRuleWithMeaninglessPartsIsAccepted() throws {
        let line = "RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z;COUNT=5;BYDAY=MO;X-WHAT=1;BYHOUR="
        let rule = try #require(try read(event(line)).calendar.events.first?.recurrenceRule)
        #expect(rule.text == "FREQ=WEEKLY;UNTIL=20270101T000000Z;COUNT=5;BYDAY=MO")
    }

    @Test func aMissingEndIsInferred() throws {
        let text = """
            BEGIN:VCALENDAR
            BEGIN:VEVENT
            UID:1
            BEGIN:VALARM
            BEGIN:VEVENT
            UID:2
            END:VALARM
            END:VCALENDAR
            BEGIN:VCALENDAR
            BEGIN:VEVENT
            UID:3
            """
        let reading = try read(text)
        #expect(reading.calendar.events.map(\.uid) == ["1", "2", "3"])
        #expect(reading.calendar.events.map(\.alarms.count) == [1, 0, 0])
        #expect(reading.problems.contains { $0.code == .unbalanced && $0.line == 5 })
    }

    @Test func anEventWithoutACalendarIsRead() throws {
        let reading = try read("BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n")
        #expect(reading.calendar.events.map(\.uid) == ["1"])
        #expect(reading.problems.first?.line == 1)
    }

    @Test func bytesThatAreNotUTF8AreRepaired() throws {
        var bytes = event("SUMMARY:x")
        let index = try #require(bytes.firstIndex(of: UInt8(ascii: "x")))
        bytes.replaceSubrange(index...index, with: [0x61, 0xE9, 0x62])
        let reading = try read(bytes)
        #expect(reading.calendar.events.first?.summary == "a\u{FFFD}b")
        #expect(reading.problems.map(\.line) == [8])
    }

    @Test func emptyInputIsReportedAsNoCalendar() throws {
        let reading = try read("")
        #expect(reading.calendar.components.isEmpty)
        #expect(reading.problems.map(\.code) == [.unbalanced])
    }

    @Test func aLongLineIsDroppedAndTheRestRead() throws {
        var limits = ReaderLimits()
        limits.lineBytes = 100
        let long = String(repeating: "x", count: 200)
        let folded = String(repeating: "y\r\n ", count: 150)
        let bytes = event("DESCRIPTION:\(long)", "LOCATION:\(folded)", "SUMMARY:s", "URL:" + long.prefix(96))
        for size in [1, 50, 10_000] {
            var reader = Reader(.lenient, limits: limits)
            var events: [Event] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(bytes[start..<min(start + size, bytes.count)])
                while let component = try reader.next() { events += Event(component).map { [$0] } ?? [] }
            }
            #expect(events.first?.summary == "s")
            #expect(events.first?.url?.count == 96)
            #expect(events.first?.description == nil && events.first?.location == nil)
            #expect(reader.problems.map(\.code) == [.tooLarge, .tooLarge])
            #expect(reader.problems.map(\.line) == [8, 9])
        }
        let error = #expect(throws: ICalendarError.self) { try Calendar(strict: bytes, limits: limits) }
        #expect(error?.code == .tooLarge)
    }

    @Test func depthAndNumberAreBounded() throws {
        var limits = ReaderLimits()
        (limits.depth, limits.partsPerComponent, limits.problems) = (4, 10, 3)
        let deep = String(repeating: "BEGIN:X-A\r\n", count: 50_000) + String(repeating: "END:X-A\r\n", count: 50_000)
        let reading = try Calendar.lenient(event(deep + "SUMMARY:s"), limits: limits)
        #expect(reading.calendar.events.first?.summary == "s")
        #expect(reading.problems.map(\.code) == [.tooLarge])
        let open = String(repeating: "BEGIN:X-A\r\n", count: 50)
        let resumed = try Calendar.lenient(event(open, "END:VEVENT", "BEGIN:VEVENT", "SUMMARY:s"), limits: limits)
        #expect(resumed.calendar.events.map(\.summary) == [nil, "s"])
        let wide = try Calendar.lenient(
            event(String(repeating: "COMMENT:c\r\n", count: 50) + "SUMMARY:s"), limits: limits)
        #expect(wide.calendar.events.first?.properties.count == 10)
        #expect(wide.problemCount == 1)
        let bad = try Calendar.lenient(event(String(repeating: "?\r\n", count: 50)), limits: limits)
        #expect(bad.problems.count == 3 && bad.problemCount == 51)
        limits.components = 1
        let two = feed("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VEVENT", "END:VEVENT")
        #expect(throws: ICalendarError.self) { try Calendar.lenient(two, limits: limits) }
    }
}

extension Properties {
    func text(_ name: String) throws -> String? {
        guard case .text(let text)? = first(try PropertyName(name))?.value else { return nil }
        return text
    }
}
