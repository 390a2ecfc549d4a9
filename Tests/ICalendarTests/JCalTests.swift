import Foundation
import ICalendar
import Testing
import UsherTesting

/// The same calendars as JSON (RFC 7265).
struct JCalTests {
    /// Values in a content line and the same values in jCal (RFC 7265 §3.6).
    @Test(arguments: [
        ("SUMMARY;LANGUAGE=de:a\\, b\\n\"c\"\\\\", #"["summary",{"language":"de"},"text","a, b\n\"c\"\\"]"#),
        ("CATEGORIES:a,b\\,c", #"["categories",{},"text","a","b,c"]"#),
        ("GEO:37.386;-122.08", #"["geo",{},"float",[37.386,-122.08]]"#),
        ("REQUEST-STATUS:2.0;Suc\\;cess", #"["request-status",{},"text",["2.0","Suc;cess"]]"#),
        ("DTEND;VALUE=DATE:20110517", #"["dtend",{},"date","2011-05-17"]"#),
        (
            "DTEND;TZID=US/Eastern:20110517T121500",
            #"["dtend",{"tzid":"US/Eastern"},"date-time","2011-05-17T12:15:00"]"#
        ),
        ("DURATION:P1D", #"["duration",{},"duration","P1D"]"#),
        ("X-A;VALUE=PERIOD:20110517T123000Z/PT1H", #"["x-a",{},"period",["2011-05-17T12:30:00Z","PT1H"]]"#),
        (
            "FREEBUSY:20110517T123000Z/20110517T133000Z,20110517T143000Z/PT1H",
            #"["freebusy",{},"period",["2011-05-17T12:30:00Z","2011-05-17T13:30:00Z"],["2011-05-17T14:30:00Z","PT1H"]]"#
        ),
        (
            "RRULE:FREQ=YEARLY;COUNT=5;BYDAY=-1SU,2MO;BYMONTH=10",
            #"["rrule",{},"recur",{"freq":"YEARLY","count":5,"byday":["-1SU","2MO"],"bymonth":10}]"#
        ),
        (
            "RRULE:FREQ=DAILY;UNTIL=20110517T123000Z",
            #"["rrule",{},"recur",{"freq":"DAILY","until":"2011-05-17T12:30:00Z"}]"#
        ),
        ("SEQUENCE:-7", #"["sequence",{},"integer",-7]"#), ("X-F;VALUE=FLOAT:0.5", #"["x-f",{},"float",0.5]"#),
        ("X-B;VALUE=BOOLEAN:TRUE", #"["x-b",{},"boolean",true]"#),
        ("ATTACH;VALUE=BINARY;ENCODING=BASE64:SGVsbG8=", #"["attach",{},"binary","SGVsbG8="]"#),
        ("X-O;VALUE=UTC-OFFSET:-0500", #"["x-o",{},"utc-offset","-05:00"]"#),
        ("X-O;VALUE=UTC-OFFSET:+051836", #"["x-o",{},"utc-offset","+05:18:36"]"#),
        ("X-T;VALUE=TIME:123000Z", #"["x-t",{},"time","12:30:00Z"]"#),
        ("URL:https://a/,;\\", #"["url",{},"uri","https://a/,;\\"]"#),
        (
            #"ATTENDEE;MEMBER="mailto:a@b","mailto:c@d";CN=x:mailto:e@f"#,
            #"["attendee",{"member":["mailto:a@b","mailto:c@d"],"cn":"x"},"cal-address","mailto:e@f"]"#
        ),
        ("X-PLAIN:a\\,b\\n", #"["x-plain",{},"unknown","a\\,b\\n"]"#), ("X-RAW:a;b", #"["x-raw",{},"unknown","a;b"]"#),
        ("X-TYPED;VALUE=X-Y:a", #"["x-typed",{},"x-y","a"]"#),
    ])
    func aPropertyHasItsForm(line: String, json: String) throws {
        let calendar = try Calendar(strict: event(line))
        let bytes = calendar.jCal()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(json), "\(text)")
        _ = try JSONSerialization.jsonObject(with: Data(bytes))
        #expect(try Calendar(jCal: bytes) == calendar)
    }

    @Test func theExampleOfTheRFCIsRead() throws {
        let json = #"""
             ["vcalendar", [ ["calscale", {}, "text", "GREGORIAN"], ["prodid", {}, "text", "-//Example Inc.//Example Calendar//EN"],
               ["version", {}, "text", "2.0"] ],
             [ ["vevent", [ ["dtstamp", {}, "date-time", "2008-02-05T19:12:24Z"], ["dtstart", {}, "date", "2008-10-06"],
               ["summary", {}, "text", "Planning \u006Deeting \uD83C\uDF89"], ["uid", {}, "text", "4088E990AD89CB3DBB484909"] ], [] ] ] ]
            """#
        let calendar = try Calendar(jCal: json.utf8)
        #expect(calendar.prodID == "-//Example Inc.//Example Calendar//EN")
        let event = try #require(calendar.events.first)
        #expect(event.summary == "Planning meeting 🎉")
        #expect(event.start == .date(try CivilDate(year: 2008, month: 10, day: 6)))
        #expect(event.stamp == UTCDateTime(clamping: 1_202_238_744))
    }

    @Test func aFeedMatchesTheGoldenFile() throws {
        let calendar = try Calendar(strict: try Golden.bytes("feed.ics"))
        try expectGolden(calendar.jCal() + [0x0A], "feed.json")
        #expect(try Calendar(jCal: calendar.jCal()) == calendar)
    }

    @Test(arguments: [1, 500, 32_768])
    func aStreamGivesTheBytesOfTheWhole(chunkBytes: Int) throws {
        let whole = try Calendar(strict: try Golden.bytes("feed.ics"))
        var header = whole
        header.components = Array(whole.components.prefix(1))
        var chunks: [[UInt8]] = []
        var writer = JCalWriter<Never>(beginning: header, chunkBytes: chunkBytes) { chunks.append($0) }
        for component in whole.components.dropFirst() { writer.write(component) }
        writer.end()
        #expect(Array(chunks.joined()) == whole.jCal())
        #expect(chunks.dropLast().allSatisfy { $0.count >= chunkBytes })
    }

    @Test(arguments: [
        "", "[", "{}", "[]", "null", "[\"vcalendar\",[],[]", "[\"vevent\",[],[]]", "[\"vcalendar\",[],[]]x",
        "[\"vcalendar\",[[]],[]]",
        "[\"vcalendar\",[[\"x\",{},\"text\"]],[]]", "[\"vcalendar\",[[\"x y\",{},\"text\",\"\"]],[]]",
        "[\"vcalendar\",[[\"x\",{\"a\":1},\"text\",\"\"]],[]]", "[\"vcalendar\",[[\"x\",{},\"text\",5]],[]]",
        "[\"vcalendar\",[[\"x\",{},\"date\",\"2026-02-30\"]],[]]", "[\"vcalendar\",[[\"x\",{},\"integer\",1.5]],[]]",
        "[\"vcalendar\",[[\"x\",{},\"recur\",{\"freq\":true}]],[]]",
        "[\"vcalendar\",[[\"x\",{},\"recur\",\"FREQ=X\"]],[]]",
        "[\"vcalendar\",[],[[\"vevent\",[]]]]", "[\"\\ud800\",[],[]]", "[\"\\ud800\\u0041\",[],[]]",
        "[\"\\u+041\",[],[]]",
        "[\"a\u{1}\",[],[]]", "[\"\\x\",[],[]]", "[\"a", "[01]", "[1.]", "[-]", "[1e]", "[tru]", "[1 2]", "[1,]",
        "{\"a\"}", "{1:2}",
    ])
    func whatIsNoCalendarIsRefused(json: String) {
        #expect(throws: ICalendarError.self) { try Calendar(jCal: json.utf8) }
    }

    @Test func depthIsBounded() throws {
        for bracket in ["[", "{\"a\":"] {
            let deep = String(repeating: bracket, count: 1_000_000)
            let error = #expect(throws: ICalendarError.self) { try Calendar(jCal: deep.utf8) }
            #expect(error?.code == .tooLarge)
        }
        let nest = { (count: Int) in
            String(repeating: "[\"x-a\",[],[", count: count) + String(repeating: "]]", count: count)
        }
        _ = try Calendar(jCal: "[\"vcalendar\",[],[\(nest(15))]]".utf8)
        let error = #expect(throws: ICalendarError.self) { try Calendar(jCal: "[\"vcalendar\",[],[\(nest(16))]]".utf8) }
        #expect(error?.code == .tooLarge)
    }

    @Test func bytesThatAreNotUTF8AreRejected() {
        #expect(throws: ICalendarError.self) { try Calendar(jCal: [0x5B, 0x22, 0xFF, 0x22, 0x5D]) }
    }
}
