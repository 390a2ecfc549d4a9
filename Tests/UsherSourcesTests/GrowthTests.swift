import ICalendar
import Testing
import UsherModel
import UsherTesting
import UsherText

@testable import UsherSources

/// No reader of outside text needs work that grows faster than the text.
@Suite("work grows as the source does", .serialized)
struct GrowthTests {
    private static func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count / text.utf8.count + 1)
    }

    // MARK: Mail

    @Test(arguments: [
        ("", "X-A: b\r\n", "\r\n"), ("X-A: b", "\r\n c", "\r\n"), ("", "a", ""), ("", "\r\n", ""), ("", ":", ""),
        ("To: ", "a@example.com, ", ""), ("To: ", "<", ""), ("To: ", ">", ""), ("To: ", "\"", ""), ("To: ", "(", ""),
        ("To: ", "a <b@example.com>, ", ""), ("Subject: ", "=?utf-8?Q?=41?= ", ""), ("Subject: ", "=?", ""),
        ("Subject: ", "=?utf-8?B?QQ==?=", ""), ("Subject: ", "? ", ""), ("Content-Type: a/b; ", "c=d; ", ""),
        ("Content-Type: a/b; c=\"", "\\", ""), ("Content-Type: a/b; ", ";", ""), ("Content-Type: a/b; ", "\"", ""),
        ("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nx\r\n", "--b--"),
        ("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--bx\r\n", ""),
        (
            "", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", ""
        ),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n",
            "Action: failed\r\nFinal-Recipient: rfc822; a@example.com\r\nStatus: 5.1.1\r\n\r\n", "--b--"
        ),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n",
            "\r\n", ""
        ),
        (
            "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n",
            "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n", "END:VCALENDAR\r\n"
        ),
        ("Content-Type: text/calendar\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", "=", ""),
        ("Authentication-Results: mx", "; a=b c = d", "\r\n\r\n"),
        ("Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n", "QQ\r\n", ""),
        ("Content-Type: multipart/mixed; boundary=\"", "b", "\"\r\n\r\n--b\r\n\r\n--b--"),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n", ""
        ),
        ("From: ", "\\", " <a@b.c>"), ("From: \"", "\\\"", "\" <a@b.c>"), ("From: ", "=?utf-8?Q?a?= ", "<a@b.c>"),
        ("From: ", "((", "))"), ("From: ", "<a@b.c", ">"), ("From: ", "a@", "b.c"), ("From: ", "\u{301}", "<a@b.c>"),
        ("References: ", "<a@b.c> ", ""), ("In-Reply-To: ", "<", ""), ("Message-ID: ", "<a@b.c", ">"),
        ("Authentication-Results: a; ", "dmarc=pass ", ""), ("Authentication-Results: a; ", "dkim=fail (", ""),
        ("", "Authentication-Results: a; spf=pass\r\n", "\r\n"), ("", "Received: from a by b; c\r\n", "\r\n"),
        ("Subject: ", "=?iso-2022-jp?B?GyRCJCI=?= ", ""), ("Subject: ", "=?utf-8?Q?", ""), ("Subject: ", "?=", ""),
        ("Subject: ", "unsubscribe ", ""), ("Subject: =?utf-8?Q?", "=", "?="), ("Date: ", "(", ""),
        ("Date: ", "1 ", ""),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n",
            "Final-Recipient: rfc822; a@example.com\r\n", "\r\n--b--"
        ),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822; a@example.com\r\nDiagnostic-Code: smtp; ",
            "550 5.1.1 ", "\r\n--b--"
        ),
        (
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n",
            "Message-ID: <a@b.c>\r\n", "\r\n--b--"
        ),
        (
            "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1\r\n",
            "ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.com\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"
        ),
    ])
    func mail(_ start: String, _ middle: String, _ end: String) async throws {
        try await Growth.expectLinear(
            "mail of \(middle)", input: { Array((start + Self.repeated(middle, $0) + end).utf8) },
            work: { _ = IncomingMessage($0) })
    }

    // MARK: Calendars

    private func read(_ bytes: [UInt8]) throws {
        let reader = ICSReader(zones: TimeZoneDatabase(), floating: "UTC", links: JoinLink(hosts: []))
        _ = try reader.read(bytes, location: "a.ics", window: GraphWorld.december, known: [])
    }

    private static func event(_ number: Int, _ lines: String) -> String {
        "BEGIN:VEVENT\r\nUID:\(number)\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261210T150000Z\r\nDTEND:20261210T160000Z\r\nSUMMARY:A\r\n"
            + "\(lines)END:VEVENT\r\n"
    }

    private static func feed(_ events: [String]) -> [UInt8] {
        Array("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\(events.joined())END:VCALENDAR\r\n".utf8)
    }

    @Test func eventsOfAFeed() async throws {
        let link = "URL:https://zoom.us/j/1\r\n"
        try await Growth.expectLinear("events", size: 64, input: { Self.feed((0..<$0).map { Self.event($0, link) }) }) {
            try read($0)
        }
        try await Growth.expectLinear("one event again and again", size: 64) {
            Self.feed((0..<$0).map { _ in Self.event(1, link) })
        } work: {
            try read($0)
        }
        try await Growth.expectLinear("people invited to one event", size: 64) { count in
            let people = (0..<min(count, 15_000)).map { "ATTENDEE:mailto:p\($0)@example.com\r\n" }
            return Self.feed((0...(count / 15_000)).map { Self.event($0, link + people.joined()) })
        } work: {
            try read($0)
        }
        try await Growth.expectLinear("overrides that invite a person each", size: 64) { count in
            Self.feed(
                (0..<count).map {
                    Self.event(
                        1, "ATTENDEE:mailto:p\($0)@example.com\r\nRECURRENCE-ID:20261210T\(100000 + $0 % 9)Z\r\n")
                })
        } work: {
            try read($0)
        }
    }

    /// What an event has in common with its occurrences is read once.
    @Test(arguments: [
        "DESCRIPTION", "X-ALT-DESC;FMTTYPE=text/html", "SUMMARY", "LOCATION", "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    ])
    func occurrencesOfAnEvent(_ name: String) async throws {
        // As many occurrences as words: a hundred words read once for each of a hundred occurrences would be ten thousand.
        try await Growth.expectLinear("occurrences with \(name)", size: 64) { size in
            Self.feed([
                Self.event(
                    1,
                    "URL:https://zoom.us/j/1\r\nRRULE:FREQ=MINUTELY;INTERVAL=5;COUNT=\(min(size, 6000))\r\n"
                        + "\(name):\(Self.repeated("<p>word</p> ", size * 12))\r\n")
            ])
        } work: {
            try read($0)
        }
    }

    @Test func invitationsToOccurrences() async throws {
        let days = { @Sendable (number: Int) in
            "2026\(12)\(10 + number / 1440 % 20)T\(10 + number / 60 % 14)\(number % 60 < 10 ? "0" : "")\(number % 60)00Z"
        }
        try await Growth.expectLinear("overrides of as many occurrences", size: 64) { count in
            Self.feed(
                [
                    Self.event(
                        1,
                        "RRULE:FREQ=MINUTELY;COUNT=9000\r\nATTENDEE:mailto:p@example.com\r\nURL:https://zoom.us/j/1\r\n"
                    )
                ]
                    + (0..<min(count, 9000)).map {
                        Self.event(1, "ATTENDEE:mailto:p\($0)@example.com\r\nRECURRENCE-ID:\(days($0))\r\n")
                    })
        } work: {
            try read($0)
        }
    }

    /// What a calendar in another charset, or in the form of vCalendar, needs.
    @Test(arguments: [
        "é", "=C3=A9=\r\n", "\u{FFFD}", "SUMMARY;CHARSET=x;ENCODING=QUOTED-PRINTABLE:a\r\n", "\r", "\r\n ",
        "quoted-printable",
        ";charset=utf-8", "\"",
    ])
    func calendarsInOtherForms(_ text: String) async throws {
        try await Growth.expectLinear("calendar text of \(text)") {
            [0xE9] + Array("BEGIN:VCALENDAR\r\nX-A;ENCODING=QUOTED-PRINTABLE:\(Self.repeated(text, $0))".utf8)
        } work: {
            _ = FeedText($0).bytes
            _ = FeedText($0, type: "text/calendar; charset=iso-8859-1").bytes
        }
    }

    @Test(arguments: [
        "https://", "https://zoom.us/", "https://zoom.us", "zoom.us ", "https://x.example ", "h", "(", "\\n",
    ])
    func linksInADescription(_ text: String) async throws {
        try await Growth.expectLinear("a description of \(text)") {
            Self.feed([Self.event(1, "DESCRIPTION:\(Self.repeated(text, $0))\r\n")])
        } work: {
            try read($0)
        }
    }

    // MARK: Files

    /// Reads a file of events, and the registrations of the first.
    private func expectLinear(_ name: String, size: Int = 4096, _ text: @escaping @Sendable (Int) -> String)
        async throws
    {
        let folder = try TemporaryFolder()
        try await Growth.expectLinear(name, size: size) { size in
            let path = "\(size).json"
            #expect(throws: Never.self) { try folder.write(text(size), to: path) }
            return folder.path(path)
        } work: { path in
            do throws(SourceError) {
                var locations: [EventDocument.Location] = []
                let decoder = RecordDecoder(zones: TimeZoneDatabase(), joinHosts: nil)
                _ = try EventDocument.walk(path) { entry in
                    locations += entry.registrations
                    var repairs: RecordDecoder.Repairs = []
                    do throws(RecordDecoder.Refused) {
                        let event = try decoder.event(entry.own ?? .null, kind: nil, &repairs)
                        for session in entry.sessions {
                            _ = try decoder.session(session.tree ?? .null, of: event, &repairs)
                        }
                    } catch {}
                }
                for location in locations {
                    let reader = try RegistrationReader(location, event: EventID(rawValue: "e1"), decoder: decoder)
                    while try reader.page() != nil {}
                }
            } catch {}
        }
    }

    private static let session =
        "{\"id\": \"s1\", \"subject\": \"S\", \"startDateTime\": \"2026-12-10T15:00:00Z\", \"endDateTime\": \"2026-12-10T16:00:00Z\"DETAILS}"

    @Test(arguments: [
        "<p>word</p>", "<!-- ", "<script>", "&amp;", "<a href='https://e.com'>", " ", "\\n", "\\r\\n", "\\u0001",
        "\\u202E", "e\\u0301",
    ])
    func descriptions(_ text: String) async throws {
        try await expectLinear("a description of \(text)") {
            let description = "{\"contentType\": \"html\", \"content\": \"\(Self.repeated(text, min($0, 900_000)))\"}"
            return "{\"id\": \"e1\", \"displayName\": \"E\", \"description\": \(description), \"sessions\": ["
                + Array(repeating: Self.session.replacing("DETAILS", with: ""), count: 1).joined() + "]}"
        }
    }

    @Test func recordsOfAFile() async throws {
        try await expectLinear("events") { "[\(Self.repeated("{\"id\": \"e1\"},", $0)){}]" }
        try await expectLinear("sessions") {
            "{\"id\": \"e1\", \"sessions\": [\(Self.repeated(Self.session.replacing("DETAILS", with: "") + ",", $0)){}]}"
        }
        try await expectLinear("registrations") {
            "{\"id\": \"e1\", \"registrations\": [\(Self.repeated("{\"id\": \"r\", \"email\": \"a@example.com\"},", $0)){}]}"
        }
        try await expectLinear("arrays of registrations") {
            "{\"id\": \"e1\"\(Self.repeated(", \"registrations\": []", min($0, 400_000)))}"
        }
        try await expectLinear("members") { "{\"id\": \"e1\"\(Self.repeated(", \"a\": 1", min($0, 900_000)))}" }
        try await expectLinear("brackets") { "[\(Self.repeated("[", $0))" }
        try await expectLinear("objects in each other") { "[\(Self.repeated("{\"a\":", $0))" }
        try await expectLinear("brackets in an event") { "{\"id\": \"e1\", \"sessions\": \(Self.repeated("[", $0))" }
        try await expectLinear("brackets in a field") {
            "{\"id\": \"e1\", \"a\": \(Self.repeated("[", min($0, 900_000)))"
        }
        try await expectLinear("escapes") { "{\"id\": \"\(Self.repeated("\\u00e9", min($0, 900_000)))\"}" }
        try await expectLinear("digits") { "{\"id\": \"e1\", \"a\": \(Self.repeated("1", min($0, 900_000)))}" }
        try await expectLinear("backslashes without an end") { "{\"id\": \"\(Self.repeated("\\", $0))" }
        try await expectLinear("a text without an end") { "[\"\(Self.repeated("a", $0))" }
        try await expectLinear("presenters") {
            "{\"id\": \"e1\", \"presenters\": [\(Self.repeated("{\"displayName\": \"A\"},", min($0, 900_000))){}]}"
        }
    }

    @Test(arguments: [
        "p@example.com,Ada\n", "p@example.com,\"Ada\n", "p@example.com,Ada", ",", "\n", "not an address,\n", "\"\"",
    ])
    func tables(_ row: String) async throws {
        let folder = try TemporaryFolder()
        try await Growth.expectLinear("a table of \(row)") { size in
            #expect(throws: Never.self) {
                try folder.write("email,name\n" + Self.repeated(row, size), to: "\(size).csv")
            }
            return folder.path("\(size).csv")
        } work: { path in
            do throws(SourceError) {
                let event = EventID(rawValue: "e1")
                let table = try AttendeeTable(
                    AttendeesCSV(path: path, event: .one(event)), event: event, events: [],
                    decoder: RecordDecoder(zones: TimeZoneDatabase(), joinHosts: nil), reportsStrays: true)
                while try table.page() != nil {}
            } catch {}
        }
    }

    /// Headers of very many columns, known or not, and rows of any encoding.
    @Test(arguments: ["nom,", "email,", "x;", "nombre\t", "é,", "\u{0},"])
    func headers(_ column: String) async throws {
        let folder = try TemporaryFolder()
        try await Growth.expectLinear("a header of \(column)") { size in
            #expect(throws: Never.self) {
                try folder.write(Self.repeated(column, size) + "\n", to: "\(size).csv")
            }
            return folder.path("\(size).csv")
        } work: { path in
            do throws(SourceError) {
                let event = EventID(rawValue: "e1")
                _ = try AttendeeTable(
                    AttendeesCSV(path: path, event: .one(event)), event: event, events: [],
                    decoder: RecordDecoder(zones: TimeZoneDatabase(), joinHosts: nil), reportsStrays: true)
            } catch {}
        }
    }

    /// What a source may state of any length.
    @Test(arguments: ["a", "-a", "en-", "@", ".", " ", "a@", "https://", "2026-", "\u{301}", "+", ":"])
    func singleValues(_ text: String) async throws {
        try await Growth.expectLinear("a value of \(text)", input: { Self.repeated(text, $0) }) { value in
            _ = LanguageTag("en" + value)?.lookupOrder
            _ = Line(cleaning: value)
            _ = Timestamp(value)
            do throws(Address.Problem) { _ = try Address(value) } catch {}
            do throws(Address.Problem) { _ = try Mailbox(value + "<a@b.example>") } catch {}
            do throws(JoinURL.Problem) { _ = try JoinURL("https://a/" + value) } catch {}
            do throws(ZoneID.Problem) { _ = try ZoneID(value) { _ in false } } catch {}
        }
    }
}
