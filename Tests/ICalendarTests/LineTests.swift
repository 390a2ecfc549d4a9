import ICalendar
import Testing

/// The encoding of single content lines: escaping, parameters, types, folding.
struct LineTests {
    /// The content line of a property, encoded as part of a component.
    private func line(_ property: Property) -> String {
        var event = Event(uid: "u", stamp: .earliest, start: .utc(.earliest))
        for name in [PropertyName.uid, .dtstamp, .dtstart] { event.properties.remove(name) }
        event.properties.append(property)
        var bytes: [UInt8] = []
        var calendar = Calendar(prodID: "p")
        calendar.properties = Properties()
        calendar.events = [event]
        bytes = calendar.encoded()
        let text = String(decoding: bytes, as: UTF8.self)
        let head = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
        let tail = "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        #expect(text.hasPrefix(head) && text.hasSuffix(tail))
        return String(decoding: Array(bytes.dropFirst(head.utf8.count).dropLast(tail.utf8.count)), as: UTF8.self)
    }

    @Test(arguments: [
        ("a;b,c:d", #"a\;b\,c:d"#),
        (#"C:\new"#, #"C:\\new"#),
        (#"\;"#, #"\\\;"#),
        (#"say "hi""#, #"say "hi""#),
        ("one\ntwo", #"one\ntwo"#),
        ("one\r\ntwo", #"one\ntwo"#),
        ("one\rtwo", #"one\ntwo"#),
        ("one\n\rtwo", #"one\n\ntwo"#),
        ("\r\r\n\n", #"\n\n\n"#),
        ("tab\there", "tab\there"),
        ("a\u{0}b\u{1B}c\u{7F}d\u{B}e", "abcde"),
        ("", ""),
        ("Zoë 🎉", "Zoë 🎉"),
        ("a\r\nEND:VEVENT", #"a\nEND:VEVENT"#),
        ("^n stays", "^n stays"),
    ])
    func aTextIsEscapedOnce(text: String, expected: String) {
        #expect(line(Property(.summary, .text(text))) == "SUMMARY:" + expected)
    }

    @Test func theTextsOfAListAreSeparatedByUnescapedCommas() {
        let value = Value.textList(["a,b", "c;d", ""])
        #expect(line(Property(.categories, value)) == #"CATEGORIES:a\,b,c\;d,"#)
    }

    @Test(arguments: [
        "https://example.com/a,b;c?d=%3a%7b\\x",
        "tel:+49-30-1234,,5678%23",
    ])
    func aURIIsCopiedByteForByte(uri: String) {
        #expect(line(Property(.url, .uri(uri))) == "URL:" + uri)
    }

    @Test func aLineBreakInAURICannotForgeALine() {
        #expect(line(Property(.url, .uri("https://a/\r\nX-EVIL:1"))) == "URL:https://a/X-EVIL:1")
        let address = CalendarAddress(uri: "mailto:a@b\nX:1")
        #expect(line(Property(.attendee, .calendarAddress(address))) == "ATTENDEE:mailto:a@bX:1")
        #expect(line(Property(.url, .raw("a\rb", type: nil))) == "URL:ab")
    }

    @Test(arguments: [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Lovelace, Ada", #""Lovelace, Ada""#),
        ("a:b", #""a:b""#),
        ("a;b", #""a;b""#),
        (#"Ada "the" Countess"#, "Ada ^'the^' Countess"),
        ("one\r\ntwo", "one^ntwo"),
        ("2^3", "2^^3"),
        ("^n", "^^n"),
        (#"back\slash"#, #"back\slash"#),
        ("", ""),
        ("a\u{0}b", "ab"),
    ])
    func aParameterIsEncodedAndQuotedWhereItMust(name: String, expected: String) {
        let property = Property(.organizer, .calendarAddress(CalendarAddress(mail: "a@b.c")), [Parameter(.cn, name)])
        #expect(line(property) == "ORGANIZER;CN=\(expected):mailto:a@b.c")
    }

    @Test func aParameterThatHoldsURIsIsAlwaysQuoted() {
        let property = Property(.summary, .text("x"), [Parameter(.altrep, "cid"), Parameter(.language, "de")])
        #expect(line(property) == #"SUMMARY;ALTREP="cid";LANGUAGE=de:x"#)
    }

    @Test(arguments: [
        (Property(.conference, .uri("https://a")), "CONFERENCE;VALUE=URI:https://a"),
        (Property(.refreshInterval, .duration(.seconds(3600))), "REFRESH-INTERVAL;VALUE=DURATION:PT1H"),
        (Property(.source, .uri("https://a")), "SOURCE;VALUE=URI:https://a"),
        (Property(.image, .uri("https://a")), "IMAGE;VALUE=URI:https://a"),
        (Property(.xPublishedTTL, .duration(.seconds(3600))), "X-PUBLISHED-TTL:PT1H"),
        (Property(.trigger, .duration(.seconds(-900))), "TRIGGER:-PT15M"),
        (Property(.trigger, .utcDateTime(UTCDateTime(clamping: 0))), "TRIGGER;VALUE=DATE-TIME:19700101T000000Z"),
        (Property(.dtstart, .date(CivilDate(clampingDays: 0))), "DTSTART;VALUE=DATE:19700101"),
        (Property(.url, .uri("https://a"), [Parameter(.value, "TEXT")]), "URL:https://a"),
        (Property(.url, .raw("1.5", type: "FLOAT")), "URL;VALUE=FLOAT:1.5"),
        (Property(.sequence, .integer(-3)), "SEQUENCE:-3"),
    ])
    func theTypeIsStatedOnlyWhereItIsWanted(property: Property, expected: String) {
        #expect(line(property) == expected)
    }

    @Test(arguments: [
        (CalendarDuration.seconds(0), "PT0S"), (.seconds(-0), "PT0S"), (.seconds(90), "PT1M30S"),
        (.seconds(3630), "PT1H0M30S"), (.seconds(5400), "PT1H30M"), (.seconds(86400), "PT24H"),
        (.seconds(-900), "-PT15M"), (.days(1), "P1D"), (.days(14), "P2W"), (.days(-7), "-P1W"),
        (CalendarDuration(days: 7, seconds: 60), "P7DT1M"), (.seconds(.min), "-PT2562047788015215H30M8S"),
    ])
    func aDurationFollowsTheGrammar(duration: CalendarDuration, expected: String) {
        #expect(line(Property(.duration, .duration(duration))) == "DURATION:" + expected)
    }

    @Test(arguments: 60...90)
    func aLongLineIsFoldedAfterEscapingAtWholeCharactersAndEscapes(length: Int) throws {
        for unit in ["é", "🎉", ",", "\n", "\\", "a\u{301}", "日", ";x"] {
            let text =
                String(repeating: "x", count: length - "SUMMARY:".utf8.count) + String(repeating: unit, count: 120)
            let property = Property(
                .summary, .text(text), [Parameter(.language, String(repeating: "^", count: length))])
            let folded = Array(line(property).utf8) + [0x0D, 0x0A]
            for piece in try Oracle.physicalLines(folded) {
                let run = piece.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
                #expect(run.isMultiple(of: 2), "an escape was cut: \(String(decoding: piece, as: UTF8.self))")
            }
            let read = try #require(try Oracle.lines(folded).first)
            #expect(Oracle.texts(read.value) == [text])
            #expect(read.parameters.first?.values == [String(repeating: "^", count: length)])
        }
    }

    @Test func aLineOf75OctetsIsNotFoldedAndTheLeadingSpaceOfAContinuationCounts() throws {
        let start = String(repeating: "x", count: 75 - "SUMMARY:".utf8.count)
        #expect(line(Property(.summary, .text(start))) == "SUMMARY:" + start)
        let next = String(repeating: "y", count: 74)
        #expect(line(Property(.summary, .text(start + next))) == "SUMMARY:\(start)\r\n \(next)")
        #expect(line(Property(.summary, .text(start + next + "z"))) == "SUMMARY:\(start)\r\n \(next)\r\n z")
    }

    @Test(arguments: ["", "X NAME", "X:Y", "SUMMARY\r\nX", "ÜBER", "X_Y"])
    func aNameThatIsNotOneIsRefused(text: String) {
        #expect(throws: ICalendarError.self) { try PropertyName(text) }
        #expect(throws: ICalendarError.self) { try Parameter.Name(text) }
        #expect(throws: ICalendarError.self) { try Component.Name(text) }
    }

    @Test func namesAreCaseInsensitive() throws {
        #expect(try PropertyName("summary") == .summary)
        #expect(try Parameter.Name("cn") == .cn)
        #expect(try Component.Name("vEvent") == .event)
        #expect(line(Property(try PropertyName("x-foo"), .text("1"))) == "X-FOO:1")
    }
}
