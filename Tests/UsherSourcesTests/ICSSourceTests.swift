import Foundation
import ICalendar
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("sessions from any calendar")
struct ICSSourceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func source(_ location: String, _ more: String = "", environment: [String: String] = [:]) throws
        -> ICSSource
    {
        let problems = JobProblems()
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: ics, \(location)\(more)}
                ledger: x.sqlite
                channels: {out: {kind: outbox, to: out, from: a@example.com}}
                rules: [{when: registered, to: attendees, via: out, template: invite}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let zones = TimeZoneDatabase()
        let options = try #require(
            ICSSourceOptions(job.source, problems, folder: folder.path) { zones.contains($0) },
            "\(problems.errors)")
        return ICSSource(
            options, zones: zones, runtime: MovingClock().runtime(environment),
            secrets: SecretStore(environment: environment, folder: folder.path, clock: .still))
    }

    private func feed(_ events: String...) -> String {
        let all = events.map { "BEGIN:VEVENT\nDTSTAMP:20261101T000000Z\n\($0)\nEND:VEVENT\n" }.joined()
        return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n\(all)END:VCALENDAR\n".replacing("\n", with: "\r\n")
    }

    private func listing(
        _ text: String, more: String = "", known: Set<SessionKey> = []
    ) async throws -> Listing {
        try folder.write(text, to: "a.ics")
        return try await source("file: a.ics", more).listing(in: GraphWorld.december, known: known)
    }

    private static let when = "DTSTART:20261210T150000Z\nDTEND:20261210T160000Z\nSUMMARY:Seats"

    // MARK: Links

    @Test(arguments: [
        ("CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.com/a", "https://meet.example.com/a"),
        ("X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/b", "https://teams.microsoft.com/l/b"),
        ("X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg-hij", "https://meet.google.com/abc-defg-hij"),
        ("LOCATION:Room 3 / https://eu.zoom.us/j/123?pwd=x", "https://eu.zoom.us/j/123?pwd=x"),
        (
            "DESCRIPTION:Agenda https://example.com/x\\nJoin <https://teams.microsoft.com/l/c>.",
            "https://teams.microsoft.com/l/c"
        ),
        ("DESCRIPTION:Join at https://meet.contoso.com/room.", "https://meet.contoso.com/room"),
        ("URL:https://example.com/event", "https://example.com/event"),
        (
            "URL:https://example.com/event\nCONFERENCE;VALUE=URI:tel:+15550100\nLOCATION:https://whereby.com/z",
            "https://whereby.com/z"
        ),
    ])
    func aLinkIsFoundWhereCalendarsPutIt(_ property: String, _ link: String) async throws {
        let listing = try await listing(
            feed("UID:u1\n\(Self.when)\n\(property)"), more: ", join-hosts: [meet.contoso.com]")
        #expect(listing.sessions.first?.joinURL?.text == link && listing.problems == [] && listing.isComplete)
    }

    @Test func anEventWithoutALinkIsNoSessionUnlessItWasOne() async throws {
        let text = feed("UID:u1\n\(Self.when)\nLOCATION:https://example.com.evil.test/zoom.us")
        #expect(try await listing(text).sessions == [])
        let key = SessionKey(event: EventID(rawValue: "u1"), session: SessionID(rawValue: "once"))
        #expect(try await listing(text, known: [key]).sessions.map(\.joinURL) == [nil])
    }

    // MARK: Times

    @Test func occurrencesAreSessionsThatKeepTheirNames() async throws {
        let series = """
            UID:u1
            DTSTART;TZID=Europe/Berlin:20261201T100000
            DTEND;TZID=Europe/Berlin:20261201T110000
            RRULE:FREQ=WEEKLY;COUNT=5
            EXDATE;TZID=Europe/Berlin:20261208T100000
            SUMMARY:Weekly
            URL:https://teams.microsoft.com/l/w
            """
        let moved = """
            UID:u1
            RECURRENCE-ID;TZID=Europe/Berlin:20261215T100000
            DTSTART;TZID=Europe/Berlin:20261215T140000
            DTEND;TZID=Europe/Berlin:20261215T150000
            SUMMARY:Weekly\\, later
            URL:https://teams.microsoft.com/l/w
            """
        let listing = try await listing(feed(series, moved))
        #expect(listing.problems == [])
        #expect(
            listing.sessions.map { "\($0.key.session) \($0.start) \($0.subject)" } == [
                "2026-12-01T09:00:00Z 2026-12-01T09:00:00Z Weekly",
                "2026-12-15T09:00:00Z 2026-12-15T13:00:00Z Weekly, later",
                "2026-12-22T09:00:00Z 2026-12-22T09:00:00Z Weekly",
                "2026-12-29T09:00:00Z 2026-12-29T09:00:00Z Weekly",
            ])
        #expect(listing.sessions.allSatisfy { $0.zone.name == "Europe/Berlin" && $0.key.event.rawValue == "u1" })
    }

    @Test(arguments: [
        ("DTSTART;TZID=W. Europe Standard Time:20261210T150000\nDURATION:PT1H", "", "2026-12-10T14:00:00Z"),
        ("DTSTART:20261210T150000\nDURATION:PT1H", ", time-zone: America/New_York", "2026-12-10T20:00:00Z"),
    ])
    func windowsZonesAndTimesWithoutAZoneAreUnderstood(_ time: String, _ more: String, _ start: String) async throws {
        let listing = try await listing(feed("UID:u\n\(time)\nSUMMARY:S\nURL:https://a.example/"), more: more)
        #expect(listing.sessions.first?.start == Timestamp(start)?.instant, "\(listing)")
    }

    @Test func whatCannotBeUnderstoodIsRefusedAloneAndWholeDaysAreNoSessions() async throws {
        let listing = try await listing(
            feed(
                "UID:day\nDTSTART;VALUE=DATE:20261210\nSUMMARY:Day\nURL:https://a.example/",
                "UID:mars\nDTSTART;TZID=Mars/Base:20261210T150000\nDURATION:PT1H\nSUMMARY:M\nURL:https://a.example/",
                "UID:none\nDTSTART:20261210T150000Z\nDURATION:PT1H\nURL:https://a.example/",
                "DTSTART:20261210T150000Z\nSUMMARY:Nameless\nURL:https://a.example/",
                "UID:off\n\(Self.when)\nSTATUS:CANCELLED\nURL:https://a.example/",
                "UID:ok\n\(Self.when)\nURL:https://a.example/"))
        #expect(Set(listing.sessions.map { "\($0.key.event) \($0.status)" }) == ["off canceled", "ok published"])
        #expect(
            listing.problems.count == 3 && listing.problems.allSatisfy { $0.effect == .refused }, "\(listing.problems)")
        #expect(Set(listing.problems.map { $0.event?.rawValue ?? "-" }) == ["mars", "none", "-"])
        // Without a UID it may be whatever is on its day.
        let session = try #require(listing.sessions.first)
        #expect(listing.problems.count { $0.mayBe(session) } == 1)
        var later = session
        later.start = session.start + .seconds(2 * 86_400)
        #expect(!listing.problems.contains { $0.mayBe(later) })
    }

    @Test(arguments: [
        "DTSTART:20261210T150000Z", "DTSTART:20261210T150000Z\nDTEND:20261210T150000Z",
        "DTSTART:20261210T150000Z\nDURATION:PT0S", "DTSTART;TZID=Europe/Berlin:20261210T160000",
    ])
    func anEventWithoutAnEndLastsAnHourAndThatIsSaid(_ times: String) async throws {
        let listing = try await listing(feed("UID:u1\n\(times)\nSUMMARY:Seats\nURL:https://a.example/"))
        #expect(listing.problems == [])
        #expect(listing.sessions.map { "\($0.start) \($0.end)" } == ["2026-12-10T15:00:00Z 2026-12-10T16:00:00Z"])
        #expect(
            listing.remarks == [
                "took 1 event without an end (\"Seats\") to last 1h (defaults: {duration: …} in the job file)"
            ])
    }

    /// Each would be very many sessions, very much text, or very many invitations.
    @Test(arguments: [
        "RRULE:FREQ=SECONDLY\nSUMMARY:S",
        "RRULE:FREQ=MINUTELY;INTERVAL=20\nSUMMARY:S\nDESCRIPTION:\(String(repeating: "word ", count: 12_000))",
        "RRULE:FREQ=MINUTELY;INTERVAL=20\nSUMMARY:S\n"
            + (0..<1000).map { "ATTENDEE:mailto:p\($0)@example.com" }.joined(separator: "\n")
            + "\nEND:VEVENT\nBEGIN:VEVENT\nUID:bomb\nDTSTAMP:20261101T000000Z\nRECURRENCE-ID:20261202T000000Z\n"
            + "DTSTART:20261202T010000Z\nSUMMARY:S\nURL:https://a.example/\nATTENDEE:mailto:q@example.com",
        "RRULE:FREQ=MINUTELY;INTERVAL=20\nSUMMARY:S\nATTENDEE:mailto:q@example.com\nEND:VEVENT\nBEGIN:VEVENT\nUID:bomb\n"
            + "DTSTAMP:20261101T000000Z\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261202T000000Z\n"
            + "DTSTART:20261202T010000Z\nSUMMARY:S\nURL:https://a.example/\n"
            + (0..<1000).map { "ATTENDEE:mailto:p\($0)@example.com" }.joined(separator: "\n"),
    ])
    func anEventWithoutMeasureIsRefusedAndTheOthersAreNot(_ lines: String) async throws {
        let good = "UID:good\nDTSTAMP:20261101T000000Z\nDTSTART:20261210T150000Z\nSUMMARY:S\nURL:https://a.example/"
        let bomb =
            "UID:bomb\nDTSTAMP:20261101T000000Z\nDTSTART:20261101T000000Z\nDURATION:PT1S\nURL:https://a.example/\n"
        let listing = try await listing(feed(bomb + lines + "\nEND:VEVENT\nBEGIN:VEVENT\n" + good))
        #expect(listing.sessions.map(\.key.event.rawValue) == ["good"])
        #expect(listing.isComplete && listing.failures == [])
        let problem = try #require(listing.problems.first)
        #expect(listing.problems.count == 1 && problem.effect == .refused && problem.event?.rawValue == "bomb")
        #expect("\(problem)".contains("bomb") && "\(problem)".contains("remove it from the calendar"), "\(problem)")
    }

    // MARK: People

    @Test func theInvitedAreAttendeesAndSoAreTheRowsOfATable() async throws {
        try folder.write("email,name\nzoe@example.com,Zoe\n", to: "people.csv")
        try folder.write(
            feed(
                """
                UID:u1
                \(Self.when)
                URL:https://a.example/
                ATTENDEE;CN="Ada Lovelace";PARTSTAT=ACCEPTED:mailto:ada@example.com
                ATTENDEE;PARTSTAT=DECLINED:MAILTO:bob%2Bx@example.com
                ATTENDEE;CUTYPE=ROOM;CN=Room:mailto:room@example.com
                ATTENDEE:urn:uuid:1
                """), to: "a.ics")
        let source = try source("file: a.ics", ", attendees: {csv: people.csv}")
        let session = try #require(try await source.listing(in: GraphWorld.december, known: []).sessions.first)
        let pages = try await source.attendees(of: session.key.event)
        var (lines, problems): ([String], [String]) = ([], [])
        while let page = try await pages.next() {
            problems += page.problems.map(\.problem)
            lines += page.attendees.map { "\($0.address) [\($0.firstName)] [\($0.lastName)] \($0.status.rawValue)" }
        }
        #expect(
            lines == [
                "ada@example.com [Ada] [Lovelace] registered", "bob+x@example.com [] [] canceled",
                "zoe@example.com [Zoe] [] registered",
            ])
        #expect(problems == ["\"urn:uuid:1\" is no mail address"])
        #expect(await source.attendeesTag(of: session.key.event) != nil)
    }

    // MARK: What is gone, and what only seems so

    @Test func onlyAWholeFeedProvesThatAnEventIsGone() async throws {
        let text = feed("UID:u1\n\(Self.when)\nURL:https://a.example/")
        try folder.write(text, to: "a.ics")
        let source = try source("file: a.ics")
        let session = try #require(try await source.listing(in: GraphWorld.december, known: []).sessions.first)
        #expect(await source.probe(session.key) == .present(session))
        for broken in [String(text.dropLast(20)), "<html>Sign in</html>", ""] {
            try folder.write(broken, to: "a.ics")
            #expect(await source.probe(session.key) == .unknown(nil))
            await #expect(throws: SourceError.self) { try await source.listing(in: GraphWorld.december, known: []) }
        }
        try folder.write(feed(), to: "a.ics")
        #expect(await source.probe(session.key) == .gone)
    }

    @Test(
        arguments: [
            ("200 OK", nil), ("404 Not Found", SourceError.Code.unreachable), ("403 Forbidden", .refusedCredentials),
            ("301 Moved", .unreachable), ("302 Found\r\nLocation: http://example.com/x", .unreachable),
        ] as [(String, SourceError.Code?)])
    func aFeedIsFetchedAndItsSecretAddressIsNotShown(_ status: String, _ code: SourceError.Code?) async throws {
        let body = feed("UID:u1\n\(Self.when)\nURL:https://a.example/")
        let answer = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        try await withScripts([.read, .send(answer), .hold]) { server in
            let source = try source("url: {env: FEED}", environment: ["FEED": "\(server.url)/private-hush/basic.ics"])
            do throws(SourceError) {
                let listing = try await source.listing(in: GraphWorld.december, known: [])
                #expect(code == nil && listing.sessions.count == 1)
            } catch {
                #expect(error.code == code && !error.description.contains("hush"), "\(error)")
            }
            #expect(server.requests.first?.hasPrefix("GET /private-hush/basic.ics ") == true)
        }
    }

    // MARK: What is left out

    @Test func eventsThatAreNoSessionsAreCounted() async throws {
        let listing = try await listing(
            feed(
                "UID:u1\n\(Self.when)\nURL:https://a.example/", "UID:u2\n\(Self.when)\nLOCATION:Room 3",
                "UID:u3\nDTSTART:20261211T150000Z\nDTEND:20261211T160000Z\nSUMMARY:Lunch\nRRULE:FREQ=DAILY;COUNT=3",
                "UID:u4\nDTSTART;VALUE=DATE:20261212\nSUMMARY:Holiday"))
        #expect(listing.sessions.count == 1)
        #expect(
            listing.remarks == [
                "left out 2 events without a join link that usher knows (\"Lunch\" and 1 more): if there is one, add its host to join-hosts in the job file",
                "left out 1 event of whole days (\"Holiday\"): a session needs a time to join",
            ])
    }

    // MARK: Where a feed has moved

    @Test(arguments: [
        "webcal://calendar.example.com/a.ics", "WEBCAL://calendar.example.com/a.ics",
        "webcals://calendar.example.com/a.ics",
    ])
    func aSubscriptionLinkIsAnHTTPSURL(_ url: String) throws {
        #expect(try source("url: \"\(url)\"").options.location == .url("https://calendar.example.com/a.ics"))
    }

    private func moved(_ location: String) -> [ScriptedServer.Step] {
        [.read, .send("HTTP/1.1 302 Found\r\nLocation: \(location)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    }

    @Test func aFeedThatHasMovedIsFollowedThreeTimes() async throws {
        let body = feed("UID:u1\n\(Self.when)\nURL:https://a.example/")
        let good: [ScriptedServer.Step] = [
            .read, .send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"),
        ]
        try await withScripts(moved("/b/c"), moved("d?x=1"), moved("/e"), good) { server in
            let listing = try await source("url: \"\(server.url)/a\"").listing(in: GraphWorld.december, known: [])
            #expect(listing.sessions.count == 1)
            #expect(server.requests.map { $0.split(separator: " ")[1] } == ["/a", "/b/c", "/b/d?x=1", "/e"])
        }
        try await withScripts(moved("/b"), moved("/c"), moved("/d"), moved("/e")) { server in
            let source = try source("url: \"\(server.url)/a\"")
            let error = await #expect(throws: SourceError.self) {
                try await source.listing(in: GraphWorld.december, known: [])
            }
            #expect(error?.problem == "more than 3 redirects" && server.requests.count == 4)
        }
    }

    @Test(arguments: [
        ("http://example.com/a.ics?token=hush", "http://example.com"),
        ("ftp://example.com/a", "something that is no URL"),
    ])
    func aRedirectIntoTheOpenIsNotFollowed(_ location: String, _ shown: String) async throws {
        try await withScripts(moved(location)) { server in
            let source = try source("url: \"\(server.url)/a\"")
            let error = await #expect(throws: SourceError.self) {
                try await source.listing(in: GraphWorld.december, known: [])
            }
            #expect(
                error?.problem
                    == "status 302, a redirect to \(shown), which is not an https URL on the public Internet")
        }
    }

    @Test func aRedirectToAPrivateAddressIsNotFollowed() async throws {
        try await withScripts(moved("https://10.1.2.3/a.ics")) { server in
            let source = try source("url: \"\(server.url)/a\"")
            let error = await #expect(throws: SourceError.self) {
                try await source.listing(in: GraphWorld.december, known: [])
            }
            #expect(error?.problem.contains("private or reserved") == true, "\(String(describing: error))")
        }
    }
}
