import Foundation
import ICalendar
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

/// An occurrence is its UID and its original instant, however a feed writes it.
@Suite("the names of occurrences")
struct OccurrenceNamesTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func source() throws -> ICSSource {
        let problems = JobProblems()
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: ics, file: a.ics, time-zone: Europe/Berlin}
                ledger: x.sqlite
                channels: {out: {kind: outbox, to: out, from: a@example.com}}
                rules: [{when: registered, to: attendees, via: out, template: invite}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let zones = TimeZoneDatabase()
        let options = try #require(
            ICSSourceOptions(job.source, problems, folder: folder.path) { zones.contains($0) })
        return ICSSource(
            options, zones: zones, runtime: MovingClock().runtime([:]),
            secrets: SecretStore(environment: [:], folder: folder.path, clock: .still))
    }

    private static let window = Window(
        from: Timestamp("2026-11-30T09:00:00Z")?.instant ?? .distantPast,
        until: Timestamp("2027-01-30T09:00:00Z")?.instant ?? .distantPast)

    /// What the ledger holds after a run that listed these sessions.
    private func memories(_ sessions: [Session]) -> [SessionMemory] {
        sessions.map {
            SessionMemory(session: $0, revision: 0, revisedAt: Self.window.from, firstSeenAt: Self.window.from)
        }
    }

    private func list(_ events: String, _ memories: [SessionMemory] = []) async throws -> (Listing, ICSSource) {
        let text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n\(events)\nEND:VCALENDAR\n"
        try folder.write(text.replacing("\n", with: "\r\n"), to: "a.ics")
        let source = try source()
        await source.recall(memories)
        let known = Set(memories.filter { $0.session.status != .canceled }.map(\.session.key))
        return (try await source.listing(in: Self.window, known: known), source)
    }

    private static func event(_ lines: String) -> String {
        """
        BEGIN:VEVENT
        UID:u1
        DTSTAMP:20261101T000000Z
        SUMMARY:Seats
        URL:https://teams.microsoft.com/l/w
        \(lines)
        END:VEVENT
        """
    }

    /// The ids and starts, in the order of the starts.
    private func lines(_ listing: Listing) -> [String] {
        listing.sessions.map { "\($0.key.session) at \($0.start)" }
    }

    /// Starts by day of December, for sessions that are called after their starts.
    private func days(_ days: [Int], _ hour: Int = 14) -> [String] {
        days.map { day in
            let time = "2026-12-\(day < 10 ? "0" : "")\(day)T\(hour):00:00Z"
            return "\(time) at \(time)"
        }
    }

    private static let weekly = event(
        """
        DTSTART;TZID=Europe/Berlin:20261209T150000
        DURATION:PT1H
        RRULE:FREQ=WEEKLY;COUNT=4
        """)

    /// The same instants as `weekly`, written otherwise.
    private static let spellings = [
        weekly.replacing("TZID=Europe/Berlin", with: "TZID=W. Europe Standard Time"),
        weekly.replacing("TZID=Europe/Berlin", with: "TZID=\"Europe/Paris\""),
        weekly.replacing("DTSTART;TZID=Europe/Berlin:20261209T150000", with: "DTSTART:20261209T140000Z"),
        weekly.replacing("DTSTART;TZID=Europe/Berlin:20261209T150000", with: "DTSTART:20261209T150000"),
        event(
            """
            DTSTART:20261209T140000Z
            DURATION:PT1H
            RDATE;TZID=Europe/Berlin:20261216T150000,20261223T150000
            RDATE:20261230T140000Z
            """),
        """
        BEGIN:VTIMEZONE
        TZID:Our own
        BEGIN:STANDARD
        DTSTART:19700101T000000
        TZOFFSETFROM:+0100
        TZOFFSETTO:+0100
        END:STANDARD
        END:VTIMEZONE
        \(weekly.replacing("TZID=Europe/Berlin", with: "TZID=Our own"))
        """,
    ]

    @Test(arguments: spellings)
    func aSeriesThatIsWrittenOtherwiseIsTheSame(_ spelling: String) async throws {
        #expect(lines(try await list(spelling).0) == days([9, 16, 23, 30]))
        let first = try await list(Self.weekly).0
        #expect(lines(first) == days([9, 16, 23, 30]))
        #expect(lines(try await list(spelling, memories(first.sessions)).0) == days([9, 16, 23, 30]))
    }

    @Test(
        arguments: [
            "T15:00:00 Europe/Berlin", "T15:00:00 W. Europe Standard Time", "T14:00:00Z", "T15:00:00",
            "T15:00:00 A zone that is no more", "T19:30:00 Asia/Kolkata",
        ], spellings + [weekly])
    func aLedgerKeepsTheNamesThatItHas(_ form: String, _ spelling: String) async throws {
        var old = try await list(Self.weekly).0.sessions
        for (index, day) in ["09", "16", "23", "30"].enumerated() {
            old[index].key = SessionKey(
                event: old[index].key.event, session: SessionID(rawValue: "2026-12-\(day)\(form)"))
            old[index].originalStart = nil
        }
        let now = try await list(spelling, memories(old)).0
        #expect(now.sessions.map(\.key) == old.map(\.key))
        #expect(now.sessions.map(\.start) == old.map(\.start))
    }

    @Test(arguments: [
        ";TZID=Europe/Berlin:20261216T150000", ":20261216T140000Z", ";VALUE=DATE:20261216",
        ";TZID=America/New_York:20261216T090000", ":20261216T150000",
    ])
    func anOccurrenceThatIsMovedIsTheSameHoweverItIsNamed(_ id: String) async throws {
        let first = try await list(Self.weekly).0
        let moved = Self.event("RECURRENCE-ID\(id)\nDTSTART:20261217T100000Z\nDURATION:PT1H\nSEQUENCE:1")
        let expected = days([9]) + ["2026-12-16T14:00:00Z at 2026-12-17T10:00:00Z"] + days([23, 30])
        for events in ["\(Self.weekly)\n\(moved)", "\(moved)\n\(Self.weekly)"] {
            #expect(lines(try await list(events, memories(first.sessions)).0) == expected)
            #expect(lines(try await list(events).0) == expected)
        }
    }

    @Test func theNewestOfTwoOverridesOfOneOccurrenceCounts() async throws {
        let old = Self.event(
            "RECURRENCE-ID:20261216T140000Z\nDTSTART:20261217T100000Z\nDURATION:PT1H\nSEQUENCE:1")
        let new = Self.event(
            "RECURRENCE-ID;TZID=Europe/Berlin:20261216T150000\nDTSTART:20261218T100000Z\nDURATION:PT1H\nSEQUENCE:2")
        let expected = days([9]) + ["2026-12-16T14:00:00Z at 2026-12-18T10:00:00Z"] + days([23, 30])
        for events in [[Self.weekly, old, new], [new, old, Self.weekly]] {
            let listing = try await list(events.joined(separator: "\n")).0
            #expect(lines(listing) == expected && listing.problems == [])
        }
    }

    @Test(arguments: [
        ("20261209T160000", [9, 16, 23, 30], 15), ("20261210T150000", [10, 17, 24, 31], 14),
        ("20261208T090000", [8, 15, 22, 29], 8),
    ])
    func aSeriesThatIsMovedKeepsItsNames(_ start: String, _ days: [Int], _ hour: Int) async throws {
        let first = try await list(Self.weekly).0
        let moved = Self.weekly.replacing("20261209T150000", with: start).replacing(
            "DURATION", with: "SEQUENCE:1\nDURATION")
        let second = try await list(moved, memories(first.sessions)).0
        #expect(second.sessions.map(\.key) == first.sessions.map(\.key))
        #expect(
            second.sessions.map { "\($0.start)" }
                == days.map { "2026-12-\($0 < 10 ? "0" : "")\($0)T\(hour < 10 ? "0" : "")\(hour):00:00Z" })
        // The next run finds them where they are, also one that is moved by itself.
        let single = Self.event(
            "RECURRENCE-ID:\("\(second.sessions[1].start)".filter { $0 != "-" && $0 != ":" })\nDTSTART:20261220T100000Z\nDURATION:PT1H"
        )
        let third = try await list("\(moved)\n\(single)", memories(second.sessions)).0
        #expect(third.sessions.map(\.key) == first.sessions.map(\.key))
        let fourth = try await list("\(moved)\n\(single)", memories(third.sessions)).0
        #expect(lines(fourth) == lines(third))
        #expect(lines(try await list(Self.weekly, memories(fourth.sessions)).0) == self.days([9, 16, 23, 30]))
    }

    @Test func aSeriesThatIsMovedOutOfTheWindowIsFound() async throws {
        let first = try await list(Self.weekly).0
        let later = Self.weekly.replacing("20261209T150000", with: "20270112T150000")
        let second = try await list(later, memories(first.sessions)).0
        #expect(second.sessions.map(\.key) == first.sessions.map(\.key))
        #expect(
            second.sessions.map { "\($0.start)".prefix(10) } == [
                "2027-01-12", "2027-01-19", "2027-01-26", "2027-02-02",
            ])
    }

    @Test func aSeriesThatGoesOnAndIsMovedKeepsItsNames() async throws {
        let endless = Self.weekly.replacing(";COUNT=4", with: "")
        let first = try await list(endless).0
        #expect(first.sessions.count == 8)
        for (start, seconds) in [("20261209T170000", 7200), ("20261210T150000", 86_400), ("20261208T150000", -86_400)] {
            let moved = endless.replacing("20261209T150000", with: start)
            let second = try await list(moved, memories(first.sessions)).0
            let starts = Dictionary(uniqueKeysWithValues: second.sessions.map { ($0.key, $0.start) })
            for session in first.sessions {
                #expect(starts[session.key] == session.start + .seconds(seconds), "\(session.key)")
            }
        }
    }

    @Test func aDeletedOccurrenceHasNotMoved() async throws {
        let endless = Self.weekly.replacing(";COUNT=4", with: "")
        let first = try await list(endless).0
        for day in ["1209", "1216", "0127"] {
            let date = (day == "0127" ? "2027" : "2026") + day
            let (second, source) = try await list(
                endless.replacing("DURATION", with: "EXDATE:\(date)T140000Z\nDURATION"), memories(first.sessions))
            let gone = Set(first.sessions.map(\.key)).subtracting(second.sessions.map(\.key))
            #expect(gone.count == 1 && second.sessions.count == 7, "\(lines(second))")
            for key in gone { #expect(await source.probe(key) == .gone) }
        }
        // The rule ends: nothing takes the place of what is gone.
        let cut = try await list(Self.weekly.replacing("COUNT=4", with: "COUNT=2"), memories(first.sessions)).0
        #expect(lines(cut) == days([9, 16]))
    }

    @Test func aDayOfTheWeekThatIsMovedTakesOnlyItsOwnOccurrencesAlong() async throws {
        let twice = Self.weekly.replacing("FREQ=WEEKLY;COUNT=4", with: "FREQ=WEEKLY;BYDAY=WE,FR;COUNT=6")
        let first = try await list(twice).0
        let second = try await list(twice.replacing("WE,FR", with: "WE,TH"), memories(first.sessions)).0
        #expect(second.sessions.map(\.key) == first.sessions.map(\.key))
        #expect(
            zip(first.sessions, second.sessions).map { ($1.start - $0.start).components.seconds } == [
                0, -86_400, 0, -86_400, 0, -86_400,
            ])
    }

    @Test func aSingleEventMayBecomeASeriesAndBack() async throws {
        let single = Self.event("DTSTART:20261216T140000Z\nDURATION:PT1H")
        let first = try await list(single).0
        #expect(lines(first) == ["once at 2026-12-16T14:00:00Z"])
        let second = try await list(Self.weekly, memories(first.sessions)).0
        #expect(lines(second) == days([9]) + ["once at 2026-12-16T14:00:00Z"] + days([23, 30]))
        var remembered = memories(second.sessions)
        #expect(lines(try await list(Self.weekly, remembered).0) == lines(second))
        // Back: what else was canceled stays so, and the event has moved meanwhile.
        for index in remembered.indices where remembered[index].session.key.session.rawValue != "once" {
            remembered[index].session.status = .canceled
        }
        let moved = single.replacing("20261216T14", with: "20261217T14")
        #expect(lines(try await list(moved, remembered).0) == ["once at 2026-12-17T14:00:00Z"])
        // A series whose second occurrence alone is left.
        let series = try await list(Self.weekly).0
        #expect(lines(try await list(single, memories(series.sessions)).0) == days([16]))
    }

    @Test func aCanceledOccurrenceThatReturnsIsTheSame() async throws {
        var remembered = memories(try await list(Self.weekly).0.sessions)
        for index in remembered.indices {
            let id = "2026-12-\(["09", "16", "23", "30"][index])T15:00:00 W. Europe Standard Time"
            remembered[index].session.key = SessionKey(
                event: remembered[index].session.key.event, session: SessionID(rawValue: id))
            remembered[index].session.originalStart = nil
            remembered[index].session.status = .canceled
        }
        let keys = remembered.map(\.session.key)
        #expect(try await list(Self.weekly, remembered).0.sessions.map(\.key) == keys)
    }

    @Test func whatAnEarlierVersionTookForNewStays() async throws {
        let first = memories(try await list(Self.weekly).0.sessions)
        var old = first
        for index in old.indices {
            old[index].session.key = SessionKey(
                event: old[index].session.key.event,
                session: SessionID(rawValue: "2026-12-\(["09", "16", "23", "30"][index])T15:00:00 Europe/Berlin"))
            old[index].missingRuns = 1
            old[index].missingAt = Self.window.from
        }
        #expect(lines(try await list(Self.weekly, old + first).0) == days([9, 16, 23, 30]))
    }

    @Test func aNewOccurrenceTakesNoNameOfOneThatHasMoved() async throws {
        let first = try await list(Self.weekly).0
        let moved = Self.weekly.replacing("20261209T150000", with: "20261209T160000")
        let second = try await list(moved, memories(first.sessions)).0
        let more = moved.replacing("DURATION", with: "RDATE:20261209T140000Z\nDURATION")
        let third = try await list(more, memories(second.sessions)).0
        #expect(
            lines(third) == [
                "2026-12-09T14:00:00Z 2 at 2026-12-09T14:00:00Z", "2026-12-09T14:00:00Z at 2026-12-09T15:00:00Z",
                "2026-12-16T14:00:00Z at 2026-12-16T15:00:00Z", "2026-12-23T14:00:00Z at 2026-12-23T15:00:00Z",
                "2026-12-30T14:00:00Z at 2026-12-30T15:00:00Z",
            ])
        #expect(lines(try await list(more, memories(third.sessions)).0) == lines(third))
    }
}
