import ICalendar
import Testing

/// A calendar with one event that contains the given lines, and the required properties.
func feed(_ lines: String...) -> [UInt8] {
    let all = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:p"] + lines + ["END:VCALENDAR"]
    return Array(all.map { $0 + "\r\n" }.joined().utf8)
}

func event(_ lines: String...) -> [UInt8] {
    let all =
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:p", "BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z"]
        + ["DTSTART:20260101T000000Z"] + lines + ["END:VEVENT", "END:VCALENDAR"]
    return Array(all.map { $0 + "\r\n" }.joined().utf8)
}

struct ReaderTests {
    /// The only property of an event besides UID, DTSTAMP and DTSTART.
    private func property(_ line: String) throws -> Property {
        let event = try #require(try Calendar(strict: event(line)).events.first)
        return try #require(event.properties.first { ![.uid, .dtstamp, .dtstart].contains($0.name) })
    }

    private static let noon = LocalDateTime(clampingWallSeconds: 1_781_352_000)
    private static let instant = UTCDateTime(clamping: 1_781_352_000)
    private static let day = CivilDate(clampingDays: 20_617)

    @Test(arguments: [
        (#"SUMMARY:a\, b\; c\\n\nd\Ne: "f""#, Value.text("a, b; c\\n\nd\ne: \"f\"")),
        ("CATEGORIES:a\\,b,c,", .textList(["a,b", "c", ""])), ("CATEGORIES:a", .textList(["a"])),
        ("URL:https://a/b,c;d?e=%2C\\n", .uri("https://a/b,c;d?e=%2C\\n")),
        ("ATTENDEE:mailto:a@b.c", .calendarAddress(CalendarAddress(uri: "mailto:a@b.c"))),
        ("DTEND:20260613T120000Z", .utcDateTime(instant)),
        ("DTEND:20260613T120000", .localDateTime(noon)), ("DTEND;VALUE=DATE:20260613", .date(day)),
        ("dtend;value=date-time:20260613T120000Z", .utcDateTime(instant)),
        ("CREATED:20251231T235960Z", .utcDateTime(UTCDateTime(clamping: 1_767_225_599))),
        ("EXDATE:20260613T120000Z,20260613T120000", .list([.utcDateTime(instant), .localDateTime(noon)])),
        ("RDATE;VALUE=DATE:20260613,20260613", .list([.date(day), .date(day)])),
        (
            "RDATE;VALUE=PERIOD:20260613T120000Z/PT1H",
            .period(Period(start: .utc(instant), end: .duration(.seconds(3600))))
        ),
        (
            "FREEBUSY:20260613T120000/20260613T120000",
            .period(Period(start: .local(noon), end: .time(.local(noon))))
        ),
        ("DURATION:P15DT5H0M20S", .duration(CalendarDuration(days: 15, seconds: 18_020))),
        ("DURATION:P7W", .duration(.days(49))), ("DURATION:-PT5M", .duration(.seconds(-300))),
        ("DURATION:+P1D", .duration(.days(1))),
        ("SEQUENCE:-12", .integer(-12)), ("PRIORITY:+3", .integer(3)),
        ("GEO:37.386013;-122.082932", .coordinates(Coordinates(latitude: 37.386013, longitude: -122.082932))),
        ("X-F;VALUE=FLOAT:-.5", .float(-0.5)), ("X-F;VALUE=FLOAT:1,2", .list([.float(1), .float(2)])),
        ("X-B;VALUE=BOOLEAN:true", .boolean(true)), ("X-B;VALUE=BOOLEAN:FALSE", .boolean(false)),
        ("X-O;VALUE=UTC-OFFSET:-0500", .utcOffset(seconds: -18_000)),
        ("X-O;VALUE=UTC-OFFSET:+013020", .utcOffset(seconds: 5420)),
        ("ATTACH;ENCODING=BASE64;VALUE=BINARY:AAEC/w==", .binary([0, 1, 2, 255])),
        ("ATTACH;VALUE=BINARY;ENCODING=BASE64:", .binary([])),
        ("X-T;VALUE=TIME:230000", .raw("230000", type: "TIME")), ("X-Q;VALUE=X-Y:a\\,b", .raw("a\\,b", type: "X-Y")),
        ("REQUEST-STATUS:2.0;Success", .raw("2.0;Success", type: nil)),
        ("X-FOO:a\\,b", .text("a,b")), ("X-FOO:a;b", .raw("a;b", type: nil)), ("X-FOO:a\\:b", .raw("a\\:b", type: nil)),
        ("NOVEL-PROP:x", .text("x")),
        ("RRULE:FREQ=DAILY;COUNT=3", .recurrence(rule(.daily, count: 3))),
    ])
    func aValueIsReadByItsType(line: String, value: Value) throws {
        let read = try property(line)
        #expect(read.value == value)
        // Writing and reading it again gives the same.
        var event = Event(uid: "u", stamp: .earliest, start: .utc(.earliest))
        event.properties.append(read)
        var calendar = Calendar(prodID: "p")
        calendar.events = [event]
        #expect(try Calendar(strict: calendar.encoded()) == calendar)
    }

    private static func rule(_ frequency: RecurrenceRule.Frequency, count: Int) -> RecurrenceRule {
        var rule = RecurrenceRule(frequency)
        rule.count = count
        return rule
    }

    @Test(arguments: [
        ("CN=Ada", [Parameter(.cn, "Ada")]), (#"CN="Lovelace, Ada""#, [Parameter(.cn, "Lovelace, Ada")]),
        (#"CN=a^'b^^c^nd^x"#, [Parameter(.cn, "a\"b^c\nd^x")]), ("CN=", [Parameter(.cn, "")]),
        (
            #"MEMBER="mailto:a@b","mailto:c@d";cn=x"#,
            [
                Parameter(.member, values: ["mailto:a@b", "mailto:c@d"]), Parameter(.cn, "x"),
            ]
        ),
        ("CN=Zoë 🎉", [Parameter(.cn, "Zoë 🎉")]),
    ])
    func parametersAreRead(text: String, parameters: [Parameter]) throws {
        let read = try property("ATTENDEE;\(text):mailto:a@b")
        #expect(read.parameters == parameters)
        #expect(read.value == .calendarAddress(CalendarAddress(uri: "mailto:a@b")))
    }

    @Test func linesCanBeFoldedAnywhere() throws {
        let bytes = Array("SUM\r\n MA\r\n\tRY;LANGU\r\n AGE=d\r\n e:Z\u{6F}\\\r\n n\r\n \r\n  y".utf8)
        let read = try property(String(decoding: bytes, as: UTF8.self))
        #expect(read == Property(.summary, .text("Zo\n y"), [Parameter(.language, "de")]))
        var split = event("SUMMARY:x")
        let index = try #require(split.firstIndex(of: UInt8(ascii: "x")))
        split.replaceSubrange(index...index, with: [0xC3, 0x0D, 0x0A, 0x20, 0xA9])
        #expect(try Calendar(strict: split).events.first?.summary == "é")
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000])
    func chunksDoNotShow(size: Int) throws {
        let bytes = try Golden.bytes("feed.ics")
        var reader = Reader(.strict)
        var components: [Component] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.append(bytes[start..<min(start + size, bytes.count)])
            while let component = try reader.next() { components.append(component) }
        }
        reader.finish()
        while let component = try reader.next() { components.append(component) }
        let whole = try Calendar(strict: bytes)
        #expect(components == whole.components)
        #expect(reader.header == whole.properties)
        #expect(try reader.next() == nil)
    }

    @Test func aFeedIsWrittenBackByteForByte() throws {
        for name in ["feed.ics", "empty.ics"] {
            let bytes = try Golden.bytes(name)
            #expect(try Calendar(strict: bytes).encoded() == bytes)
        }
    }

    @Test(arguments: [
        (event("SUMMARY:a;b"), 8, ICalendarError.Code.malformedValue), (event("SUMMARY:a,b"), 8, .malformedValue),
        (event("SUMMARY:a\\b"), 8, .malformedValue), (event("SUMMARY:a\\"), 8, .malformedValue),
        (event("DTEND:20260230T000000Z"), 8, .malformedValue), (event("DTEND:20260101"), 8, .malformedValue),
        (event("DTEND;VALUE=DATE:20260101T000000Z"), 8, .malformedValue),
        (event("DTEND;TZID=Europe/Berlin:20260101T000000Z"), 8, .malformedLine),
        (event("DURATION:PT1H5S"), 8, .malformedValue), (event("DURATION:P1W2D"), 8, .malformedValue),
        (event("DURATION:P"), 8, .malformedValue), (event("DURATION:PT"), 8, .malformedValue),
        (event("DURATION:P1M"), 8, .malformedValue), (event("DURATION:PT99999999999999999999S"), 8, .malformedValue),
        (event("RRULE:FREQ=DAILY;COUNT=1;UNTIL=20260101"), 8, .malformedValue),
        (event("X-O;VALUE=UTC-OFFSET:-0000"), 8, .malformedValue), (event("GEO:1"), 8, .malformedValue),
        (event("ATTACH;ENCODING=BASE64;VALUE=BINARY:AAE"), 8, .malformedValue),
        (event("ATTACH;VALUE=BINARY:AAEC"), 8, .malformedLine),
        (event("X-F;VALUE=FLOAT:1e5"), 8, .malformedValue), (event("X-B;VALUE=BOOLEAN:yes"), 8, .malformedValue),
        (event("SEQUENCE:1.5"), 8, .malformedValue), (event(""), 8, .malformedLine),
        (event("SUMMARY"), 8, .malformedLine),
        (event(":x"), 8, .malformedLine), (event("SUMMARY;X:x"), 8, .malformedLine),
        (event("SUMMARY;CN=\"a:x"), 8, .malformedLine), (event("SUMMARY;CN=a\"b\":x"), 8, .malformedLine),
        (event("SUMMARY:a\u{7}"), 8, .malformedLine), (event("SUMMARY:a\nb:c"), 8, .malformedLine),
        (event("SUMMARY:a\rb"), 8, .malformedLine), (event("SUM_MARY:a"), 8, .malformedLine),
        (event("SUMMARY:a", "SUMMARY:b"), 4, .brokenRule), (event("UID:v"), 4, .brokenRule),
        (event("DTEND:20270101T000000Z", "DURATION:PT1H"), 4, .brokenRule),
        (event("BEGIN:VALARM", "ACTION:AUDIO", "END:VALARM"), 8, .brokenRule),
        (feed("BEGIN:VEVENT", "END:VEVENT"), 4, .brokenRule), (feed("X-A:1", "END:VEVENT"), 5, .unbalanced),
        (feed("VERSION:2.0"), 1, .brokenRule), (feed("BEGIN:VEVENT"), 5, .unbalanced),
        (feed("BEGIN:VEVENT", "BEGIN:VEVENT"), 5, .unbalanced), (feed("BEGIN:VCALENDAR"), 4, .unbalanced),
        (feed("BEGIN:VTIMEZONE", "TZID:x", "END:VTIMEZONE"), 4, .brokenRule),
        (event() + Array("X:1\r\n".utf8), 10, .unbalanced), (Array("\u{FEFF}".utf8) + event(), 1, .malformedLine),
        (Array(event().dropLast(2)), 9, .malformedLine), (Array(event().dropLast(15)), 1, .unbalanced),
        ([], 1, .unbalanced),
        (Array("GARBAGE\r\n".utf8), 1, .malformedLine), (Array("X:1\r\n".utf8), 1, .unbalanced),
        (event("SUMMARY:") + [0xFF, 0x0D, 0x0A], 11, .malformedLine),
    ])
    func theStrictReaderSaysWhichLineIsWrong(bytes: [UInt8], line: Int, code: ICalendarError.Code) {
        let error = #expect(throws: ICalendarError.self) { try Calendar(strict: bytes) }
        #expect(error?.line == line, "\(String(describing: error))")
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(error?.description.hasPrefix("line \(line), ") == true)
    }

    @Test func aFoldedLineHasTheNumberOfItsFirstLine() {
        let error = #expect(throws: ICalendarError.self) {
            try Calendar(strict: event("SUMMARY:a\r\n b\r\n c", "DESCRIPTION:d\r\n  e", "DURATION:P\r\n X", "URL:x"))
        }
        #expect(error?.line == 13)
        #expect(error?.location == "DURATION")
    }

    @Test func noErrorQuotesAValue() {
        for line in ["SUMMARY:secret;", "DTSTART:secret", "secret", "X;secret", "URL\u{1}:secret", "RRULE:FREQ=secret"]
        {
            let error = #expect(throws: ICalendarError.self) { try Calendar(strict: event(line)) }
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test func theStrictReaderRepeatsItsError() {
        var reader = Reader(.strict)
        reader.append(Array("X\r\nY".utf8))
        let first = #expect(throws: ICalendarError.self) { _ = try reader.next() }
        reader.append(event())
        let second = #expect(throws: ICalendarError.self) { _ = try reader.next() }
        #expect(first == second)
    }
}

enum Golden {
    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try TimeZoneRulesTests.golden(name)) }
}
