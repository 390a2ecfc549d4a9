import Foundation
import ICalendar
import Testing
import UsherModel
import UsherSources
import UsherTesting

@Suite("sessions and attendees from files")
struct FileSourceTests {
    private let folder: TemporaryFolder
    private let everything = Window(from: .distantPast, until: .distantFuture)

    init() throws { folder = try TemporaryFolder() }

    private func source(_ path: String, csv: AttendeesCSV? = nil) -> FileSource {
        FileSource(
            FileSourceOptions(path: folder.path(path), attendees: csv), zones: TimeZoneDatabase(),
            readAt: .distantFuture)
    }

    private func people(_ source: FileSource, _ event: String = "e1") async throws -> (
        people: [UsherModel.Attendee], problems: [String]
    ) {
        let pages = try await source.attendees(of: EventID(rawValue: event))
        var result: (people: [UsherModel.Attendee], problems: [String]) = ([], [])
        while let page = try await pages.next() {
            #expect(page.attendees.count <= Limits.pageAttendees)
            result.people += page.attendees
            result.problems += page.problems.map { $0.description.replacing(folder.path + "/", with: "") }
        }
        return result
    }

    private let session =
        #"{"id": "s1", "subject": "S", "startDateTime": "2026-12-10T15:00:00Z", "endDateTime": "2026-12-10T16:00:00Z"}"#

    @Test(arguments: [
        #"{"webinars": [{"id": "e1", "sessions": [SESSION], "displayName": "E"}]}"#,
        ##"{"@odata.context": "x", "value": [{"sessions": [SESSION], "id": "e1", "@odata.type": "#microsoft.graph.virtualEventWebinar"}]}"##,
        #"[{"id": "e1", "registrations": [], "sessions": [SESSION], "unknown": {"deep": [1, {"x": null}]}}]"#,
        #"{"id": "e1", "sessions": [{"value": SESSION}]}"#, "\u{FEFF}{\"id\": \"e1\", \"sessions\": [SESSION]}",
        #"{"value": {"id": "e1", "sessions": [SESSION]}}"#,
    ])
    func everyShapeThatGraphGivesIsTaken(_ shape: String) async throws {
        try folder.write(shape.replacing("SESSION", with: session), to: "a.json")
        let listing = try await source("a.json").listing(in: everything, known: [])
        #expect(listing.problems == [])
        #expect(listing.sessions.map(\.key.description) == ["e1/s1"])
        #expect(listing.sessions.first?.start == Timestamp("2026-12-10T15:00:00Z")?.instant)
    }

    @Test(arguments: [
        (
            #"{"dateTime": "2026-12-10T15:00:00.0000000", "timeZone": "Pacific Standard Time"}"#,
            "2026-12-10T23:00:00Z", "America/Los_Angeles"
        ),
        (
            #"{"dateTime": "2026-07-10T15:00:00.1", "timeZone": "Europe/Berlin"}"#, "2026-07-10T13:00:00Z",
            "Europe/Berlin"
        ),
        (#"{"dateTime": "2026-12-10T15:00:00Z", "timeZone": "Asia/Tokyo"}"#, "2026-12-10T15:00:00Z", "Asia/Tokyo"),
        (#""2026-12-10T15:00:00+05:30""#, "2026-12-10T09:30:00Z", "UTC"),
        (#"{"dateTime": "2026-03-29T02:30:00", "timeZone": "Europe/Berlin"}"#, "2026-03-29T01:30:00Z", "Europe/Berlin"),
        (#"{"dateTime": "2026-10-25T02:30:00", "timeZone": "Europe/Berlin"}"#, "2026-10-25T00:30:00Z", "Europe/Berlin"),
    ])
    func everySpellingOfATimeIsAnInstantAndAZone(spelling: String, utc: String, zone: String) async throws {
        try folder.write(
            #"{"id": "e1", "sessions": [{"id": "s1", "subject": "S", "startDateTime": \#(spelling), "endDateTime": "2027-01-01T00:00:00Z"}]}"#,
            to: "a.json")
        let listing = try await source("a.json").listing(in: everything, known: [])
        #expect(listing.problems == [])
        #expect(listing.sessions.first?.start.description == utc)
        #expect(listing.sessions.first?.zone.name == zone)
    }

    @Test func allThatASessionSaysIsTaken() async throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "jobs/demo/events.json").path
        let source = FileSource(
            FileSourceOptions(path: path, attendees: nil), zones: TimeZoneDatabase(), readAt: .distantFuture)
        let listing = try await source.listing(in: everything, known: [])
        #expect(listing.problems == [] && listing.isComplete)
        let roof = try #require(listing.sessions.first)
        #expect(roof.passcode?.text == "sK7pQ2" && roof.meetingID?.text == "382 114 905 27")
        #expect(roof.dialIns.map(\.isTollFree) == [false, true] && roof.conferenceID?.text == "447 100 21")
        #expect(roof.presenters.map(\.name.text) == ["Dr. Frida Østergård", "Amadou Diallo"])
        #expect(
            roof.details
                == "What a roof can earn, and what it costs to find out.\nBring your questions: half of the time is yours."
        )
        #expect(roof.audience == .everyone && roof.kind == .webinar && roof.sourceMailsAttendees == false)
        #expect(
            listing.sessions.map(\.subject.text).contains("Contoso winter town hall"), "no subject: the event's name")
        let town = try await people(source, "c81d5e20-71aa-4f0c-8c36-1b2d3e4f5a02@2b7c1f0e-6c1d-4c55-9d0e-5f2a7b6c8d90")
        #expect(town.people.map(\.status) == [.registered, .registered, .waitlisted])
        #expect(
            town.people.first?.zone?.name == "Asia/Tokyo" && town.people[1].answers.first?.answer == "What about 2027?")
    }

    @Test(arguments: [
        ("{}", "a.json:1: an empty object, and no event in it"),
        (#"{"title": "T", "when": "soon"}"#, "a.json:1: an object with \"title\", \"when\", and no event in it"),
        (#"{"items": [{"id": "1"}]}"#, "a.json:1: an object with \"items\", and no event in it"),
        (#"[{"title": "T"}]"#, "a.json:1: an event without an id. Give it id, displayName and sessions"),
    ])
    func whatIsNotUnderstoodIsSaidAndProvesNothing(_ text: String, _ problem: String) async throws {
        try folder.write(text, to: "a.json")
        let source = source("a.json")
        let listing = try await source.listing(in: everything, known: [])
        let found = listing.problems.map { $0.description.replacing(folder.path + "/", with: "") }
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
        let key = SessionKey(event: EventID(rawValue: "e1"), session: SessionID(rawValue: "s1"))
        #expect(await source.probe(key) == .unknown(nil))
    }

    @Test(arguments: [#"{"webinars": []}"#, "[]", #"{"value": []}"#, #"[{"id": "e1", "sessions": []}]"#])
    func whatIsEmptyOnPurposeIsNoProblem(_ text: String) async throws {
        try folder.write(text, to: "a.json")
        let listing = try await source("a.json").listing(in: everything, known: [])
        #expect(listing.problems == [] && listing.remarks == [] && listing.isComplete)
    }

    @Test func eventsWithoutSessionsAreCounted() async throws {
        try folder.write(
            #"[{"id": "1", "displayName": "One", "start": "x"}, {"id": "2"}, {"id": "3", "sessions": []}]"#,
            to: "a.json")
        let listing = try await source("a.json").listing(in: everything, known: [])
        #expect(
            listing.remarks == [
                "2 events have no key \"sessions\", so nobody hears of them (\"One\" and 1 more): list the sessions there, as Graph's $expand does"
            ])
    }

    @Test func aBrokenFileAmongOthersMakesTheListingIncomplete() async throws {
        try folder.write("{\"id\": \"e1\", \"sessions\": [\(session)]}", to: "in/a.json")
        try folder.write("{\"id\": \"e2\", \"sessions\": [", to: "in/b.json")
        let source = source("in")
        let listing = try await source.listing(in: everything, known: [])
        #expect(listing.sessions.count == 1 && !listing.isComplete && listing.failures.count == 1)
        let other = SessionKey(event: EventID(rawValue: "e2"), session: SessionID(rawValue: "s9"))
        #expect(await source.probe(other) == .unknown(nil))
        try folder.write("{\"id\": \"e2\", \"sessions\": []}", to: "in/b.json")
        #expect(await source.probe(other) == .gone)
        #expect(await source.probe(listing.sessions[0].key) == .present(listing.sessions[0]))
    }

    @Test func nothingAtAllIsAnErrorThatSaysWhatToDo() async throws {
        let error = await #expect(throws: SourceError.self) {
            try await source("nowhere").listing(in: everything, known: [])
        }
        #expect(error?.next.contains("source.path") == true)
    }

    @Test func oneFileCanHoldMoreRegistrationsThanAPage() async throws {
        let rows = (0..<1203).map { #"{"id": "r\#($0)", "email": "p\#($0)@example.com", "status": "registered"}"# }
        try folder.write(
            #"{"registrations": [\#(rows.joined(separator: ",\n"))], "sessions": [\#(session)], "id": "e1"}"#,
            to: "a.json")
        let source = source("a.json")
        #expect(try await source.listing(in: everything, known: []).sessions.count == 1)
        let found = try await people(source)
        #expect(found.people.count == 1203 && found.problems == [])
        #expect(found.people.last?.registration.rawValue == "r1202")
    }

    @Test func aRegistrationThatIsWrongIsNamedWithItsLine() async throws {
        try folder.write(
            """
            {"id": "e1", "sessions": [\(session)], "registrations": [
            {"id": "r1", "email": "a@example.com"},
            {"id": "r2", "email": null},
            {"id": "r3", "email": "c@example.com", "preferredLanguage": "Klingonisch!", "preferredTimezone": "Nowhere"},
            5,
            {"id": "r5", "email": "e@example.com", "status": "somethingNew"}]}
            """, to: "a.json")
        let source = source("a.json")
        _ = try await source.listing(in: everything, known: [])
        let found = try await people(source)
        #expect(found.people.map(\.status) == [.registered, .registered, .unknown])
        try expectGolden(found.problems.joined(separator: "\n") + "\n", "registrations.txt")
    }

    @Test func aFileThatChangesWhileItIsReadIsNoticed() async throws {
        try folder.write(
            #"{"id": "e1", "sessions": [\#(session)], "registrations": [{"id": "r", "email": "a@b.example"}]}"#,
            to: "a.json")
        let source = source("a.json")
        _ = try await source.listing(in: everything, known: [])
        try folder.write(#"{"id": "e1", "sessions": [], "registrations": []}"#, to: "a.json")
        await #expect(throws: SourceError.self) { try await people(source) }
    }

    @Test(arguments: [
        ("email", "p.csv:1: the file ends in its header, which has no line end"),
        ("email,na", "p.csv:1: the file ends in its header, which has no line end"),
        ("email,name\na@example.com,A\nb@exam", "p.csv:3: the file ends in the middle of a row"),
        ("email,name\na@example.com,A\n\"b@example.com\",\"B", "p.csv:3: the file ends in the middle of a row"),
        ("email,name\na@example.com,A\nb@example.com,\u{C3}", "p.csv:3: the file ends in the middle of a row"),
    ])
    func aTableThatIsCutOffProvesNothing(_ text: String, _ problem: String) async throws {
        try folder.write(#"{"id": "e1"}"#, to: "a.json")
        // The last octet of a character that was cut in two.
        let octets = text.hasSuffix("\u{C3}") ? Array(text.utf8.dropLast()) : Array(text.utf8)
        try Data(octets).write(to: URL(filePath: folder.path("p.csv")))
        let source = source("a.json", csv: AttendeesCSV(path: folder.path("p.csv")))
        _ = try await source.listing(in: everything, known: [])
        let error = await #expect(throws: SourceError.self) { _ = try await people(source) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    @Test func aLastRowThatLacksOnlyItsLineEndCounts() async throws {
        try folder.write(#"{"id": "e1"}"#, to: "a.json")
        try folder.write("email,name\na@example.com,A\nb@example.com,B", to: "p.csv")
        let source = source("a.json", csv: AttendeesCSV(path: folder.path("p.csv")))
        _ = try await source.listing(in: everything, known: [])
        let read = try await people(source)
        #expect(read.people.map(\.address.text) == ["a@example.com", "b@example.com"] && read.problems.isEmpty)
    }

    @Test func csvIsReadAsItIsWrittenInTheWild() async throws {
        try folder.write("{\"id\": \"e1\", \"sessions\": [\(session)]}", to: "a.json")
        try folder.write(
            "\u{FEFF}E-Mail;name;status\r\nada@example.com;\"Byron; \"\"Ada\"\"\";\r\n\r\nbob@example.com;Bob\u{A0}van Dyke;Cancelled\rcem@example.com;\"Cem\nÖz\";waitlisted",
            to: "p.csv")
        let csv = AttendeesCSV(
            path: folder.path("p.csv"), format: CSVFormat(delimiter: UInt8(ascii: ";"), columns: [.email: "e-mail"]))
        let source = source("a.json", csv: csv)
        _ = try await source.listing(in: everything, known: [])
        let found = try await people(source)
        #expect(found.people.map(\.name.text) == ["Byron; \"Ada\"", "Bob van Dyke", "Cem Öz"])
        #expect(found.people.map(\.status) == [.registered, .canceled, .waitlisted])
        #expect(Set(found.people.map(\.registration)).count == 3)
        #expect(found.problems.count == 1, "\(found.problems)")
    }

    @Test func theTagOfAttendeesChangesWithTheirFile() async throws {
        try folder.write("{\"id\": \"e1\", \"sessions\": [\(session)]}", to: "a.json")
        try folder.write("email\na@example.com\n", to: "p.csv")
        let source = source("a.json", csv: AttendeesCSV(path: folder.path("p.csv")))
        _ = try await source.listing(in: everything, known: [])
        let event = EventID(rawValue: "e1")
        let before = await source.attendeesTag(of: event)
        #expect(before != nil)
        #expect(await source.attendeesTag(of: event) == before)
        try folder.write("email\nb@example.com\n", to: "p.csv")
        #expect(await source.attendeesTag(of: event) != before)
        let early = FileSource(
            FileSourceOptions(path: folder.path("a.json"), attendees: AttendeesCSV(path: folder.path("p.csv"))),
            zones: TimeZoneDatabase(), readAt: .distantPast)
        #expect(await early.attendeesTag(of: event) == nil, "what has only just changed may change again unseen")
    }

    @Test func anyBytesAreAnsweredWithoutACrashOrAHang() async throws {
        let good = Array(
            "{\"webinars\": [{\"id\": \"e1\", \"sessions\": [\(session)], \"registrations\": [{\"id\": \"r\\u00e9\"}]}]}"
                .utf8)
        var seed: UInt64 = 7
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for round in 0..<400 {
            var bytes = good
            for _ in 0...next(4) {
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(truncatingIfNeeded: next(256))
                case 1: bytes.remove(at: next(bytes.count))
                default: bytes.insert(Array("{}[],:\"\\0e-".utf8)[next(11)], at: next(bytes.count))
                }
            }
            try Data(bytes).write(to: URL(filePath: folder.path("m.json")))
            try Data(bytes).write(to: URL(filePath: folder.path("m.csv")))
            let source = source(
                "m.json", csv: AttendeesCSV(path: folder.path("m.csv"), format: CSVFormat(columns: [.email: "id"])))
            do {
                _ = try await source.listing(in: everything, known: [])
                _ = try await people(source)
            } catch {
                #expect(error is SourceError, "round \(round)")
            }
        }
    }
}
