import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs on a calendar that is written otherwise, moved and mended between them.
@Suite("runs on a calendar")
struct CalendarRunTests {
    private static let series = CalendarWorld.event("u1", CalendarWorld.zoned, CalendarWorld.weekly)

    @Test(arguments: [
        series.replacing("TZID=Europe/Berlin", with: "TZID=W. Europe Standard Time"),
        CalendarWorld.event("u1", ":20261209T140000Z", CalendarWorld.weekly),
    ])
    func whatIsOnlyWrittenOtherwiseIsNoNews(_ spelling: String) async throws {
        let world = try CalendarWorld()
        try world.write(Self.series)
        try await world.run("12-01T09:00:00")
        for (hour, events) in [spelling, Self.series, spelling].enumerated() {
            try world.write(events)
            let report = try await world.run("12-01T1\(hour):00:00")
            #expect(report.outcome == "ok" && report.news.isEmpty, "\(report)")
        }
        #expect(try await world.sent() == ["jana registered": 4])
    }

    @Test(arguments: [":20261216T140000Z", ";VALUE=DATE:20261216", ";TZID=Europe/London:20261216T140000"])
    func anOccurrenceThatIsMovedIsOneChange(_ id: String) async throws {
        let world = try CalendarWorld()
        try world.write(Self.series)
        try await world.run("12-01T09:00:00")
        try world.write(
            Self.series, CalendarWorld.event("u1", ":20261217T100000Z", "RECURRENCE-ID\(id)\nSEQUENCE:1"))
        for hour in 10...12 { #expect(try await world.run("12-01T\(hour):00:00").outcome == "ok") }
        #expect(try await world.sent() == ["jana registered": 4, "jana changed": 1])
    }

    @Test func aSeriesThatIsMovedIsAChangeOfEachAndSubscribersSeeItOnce() async throws {
        let world = try CalendarWorld()
        try world.write(Self.series)
        try await world.run("12-01T09:00:00")
        #expect(try world.published().count == 4)
        try world.write(
            Self.series.replacing("20261209T15", with: "20261209T16").replacing("RRULE", with: "SEQUENCE:1\nRRULE"))
        for hour in 10...13 {
            #expect(try await world.run("12-01T\(hour):00:00").outcome == "ok")
            #expect(
                try world.published() == ["09", "16", "23", "30"].map { "202612\($0)T150000Z 1 CONFIRMED" })
        }
        #expect(try await world.sent() == ["jana registered": 4, "jana changed": 4])
        // A day before the old start nothing is due, a day before the new one a reminder.
        try await world.run("12-08T14:30:00")
        #expect(try await world.sent()["jana 24h before start"] == nil)
        try await world.run("12-08T15:00:00")
        #expect(try await world.sent()["jana 24h before start"] == 1)
    }

    @Test(arguments: [
        CalendarWorld.event("bad", ";TZID=Mars/Base:20261209T150000"),
        CalendarWorld.event("far", ":20270901T140000Z", length: ""),
        CalendarWorld.event("bad", ":20261209T140000Z").replacing("SUMMARY:Roof basics\n", with: ""),
        CalendarWorld.event("bad", ":20261218T140000Z").replacing("UID:bad\n", with: ""),
    ])
    func oneOddEventDoesNotHideThatAnotherIsDeleted(_ odd: String) async throws {
        let world = try CalendarWorld()
        let events = (10...15).map { CalendarWorld.event("u\($0)", ":202612\($0)T140000Z") }
        try world.write(odd, events.joined(separator: "\n"))
        try await world.run("12-01T09:00:00")
        #expect(try await world.sent() == ["jana registered": 6])
        try world.write(odd, events.dropFirst().joined(separator: "\n"))
        for hour in 10...12 { try await world.run("12-01T\(hour):00:00") }
        #expect(try await world.sent() == ["jana registered": 6, "jana canceled": 1])
    }

    @Test func whatTheOddEventMayBeIsNotCanceled() async throws {
        let world = try CalendarWorld()
        let events = (10...15).map { CalendarWorld.event("u\($0)", ":202612\($0)T140000Z") }
        try world.write(events.joined(separator: "\n"))
        try await world.run("12-01T09:00:00")
        let spoiled = events[0].replacing("DTSTART:", with: "DTSTART;TZID=Mars/Base:").replacing("0000Z", with: "0000")
        try world.write(spoiled, events.dropFirst().joined(separator: "\n"))
        for hour in 10...12 { try await world.run("12-01T\(hour):00:00") }
        let nameless = events[0].replacing("UID:u10\n", with: "")
        try world.write(nameless, events.dropFirst().joined(separator: "\n"))
        for hour in 13...15 { try await world.run("12-01T\(hour):00:00") }
        #expect(try await world.sent() == ["jana registered": 6])
    }

    private static func invited(_ people: String, _ more: String = "", _ start: String = CalendarWorld.zoned) -> String
    {
        CalendarWorld.event("u1", start, more, people: people)
    }

    private static let both = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:eve@example.com\nATTENDEE:mailto:jana@example.com"
    private static let second = "RECURRENCE-ID:20261216T140000Z"
    private static let secondStart = ";TZID=Europe/Berlin:20261216T150000"

    /// Runs at the time of each reminder of `weekly`.
    private func remind(_ world: CalendarWorld) async throws {
        for day in ["12-08", "12-15", "12-22", "12-29"] {
            #expect(try await world.run("\(day)T14:00:00").outcome == "ok")
        }
    }

    @Test(arguments: [false, true])
    func whoeverDeclinesOneOccurrenceHasNoSeatInThatOne(_ isReversed: Bool) async throws {
        let world = try CalendarWorld()
        let declined = Self.both.replacing("ATTENDEE:mailto:jana", with: "ATTENDEE;PARTSTAT=DECLINED:mailto:jana")
        var events = [
            Self.invited(Self.both, CalendarWorld.weekly), Self.invited(declined, Self.second, Self.secondStart),
        ]
        if isReversed { events.reverse() }
        try world.write(events.joined(separator: "\n"))
        try await world.run("12-01T09:00:00")
        #expect(try await world.sent() == ["eve registered": 4, "jana registered": 3])
        try await remind(world)
        let sent = try await world.sent()
        #expect(sent["eve 24h before start"] == 4 && sent["jana 24h before start"] == 3 && sent.count == 4, "\(sent)")
    }

    @Test func aGuestOfOneOccurrenceIsInvitedToThatOne() async throws {
        let world = try CalendarWorld()
        let guest = "ATTENDEE:mailto:eve@example.com\nATTENDEE:mailto:guest@example.com"
        try world.write(
            Self.invited("ATTENDEE:mailto:eve@example.com", CalendarWorld.weekly),
            Self.invited(guest, Self.second, Self.secondStart))
        try await world.run("12-01T09:00:00")
        try await remind(world)
        #expect(
            try await world.sent() == [
                "eve registered": 4, "guest registered": 1, "eve 24h before start": 4, "guest 24h before start": 1,
            ])
    }

    @Test func whatIsDeclinedLaterIsCanceledOnceAndTheNewestAnswerCounts() async throws {
        let world = try CalendarWorld()
        let series = Self.invited(Self.both, CalendarWorld.weekly)
        let declined = Self.both.replacing("ATTENDEE:mailto:jana", with: "ATTENDEE;PARTSTAT=DECLINED:mailto:jana")
        let no = Self.invited(declined, Self.second + "\nSEQUENCE:2", Self.secondStart)
        let yes = Self.invited(Self.both, Self.second + "\nSEQUENCE:1", Self.secondStart)
        try world.write(series)
        try await world.run("12-01T09:00:00")
        for (hour, events) in [[no, series, yes], [yes, series, no], [series, no]].enumerated() {
            try world.write(events.joined(separator: "\n"))
            #expect(try await world.run("12-01T1\(hour):00:00").outcome == "ok")
            #expect(
                try await world.sent() == ["eve registered": 4, "jana registered": 4, "jana canceled": 1])
        }
        try world.write(series, yes)
        try await world.run("12-01T14:00:00")
        #expect(try await world.sent() == ["eve registered": 4, "jana registered": 5, "jana canceled": 1])
    }

    @Test func anOverrideThatListsNoOneSaysNothingOfPeople() async throws {
        let world = try CalendarWorld()
        try world.write(
            Self.invited(Self.both, CalendarWorld.weekly), Self.invited("", Self.second, Self.secondStart))
        try await world.run("12-01T09:00:00")
        #expect(try await world.sent() == ["eve registered": 4, "jana registered": 4])
    }

    @Test func anOccurrenceThatIsNotFoundOnceTakesNoSeatAway() async throws {
        let world = try CalendarWorld()
        let declined = Self.both.replacing("ATTENDEE:mailto:jana", with: "ATTENDEE;PARTSTAT=DECLINED:mailto:jana")
        let override = Self.invited(declined, Self.second, Self.secondStart)
        let series = Self.invited(Self.both, CalendarWorld.weekly)
        try world.write(series, override)
        try await world.run("12-01T09:00:00")
        try world.write(series.replacing("RRULE", with: "EXDATE:20261223T140000Z\nRRULE"), override)
        try await world.run("12-01T10:00:00")
        try world.write(series, override)
        try await world.run("12-01T11:00:00")
        let sent = try await world.sent()
        #expect(sent == ["eve registered": 4, "jana registered": 3], "\(sent)")
    }

    @Test(arguments: ["METHOD:CANCEL", "METHOD:cancel"])
    func aCancellationAnnouncesNothing(_ method: String) async throws {
        for (number, events) in [
            [CalendarWorld.event(), method], [CalendarWorld.event("u1", CalendarWorld.zoned, method)],
            [method, CalendarWorld.event("u1", CalendarWorld.zoned, CalendarWorld.weekly)],
        ].enumerated() {
            let world = try CalendarWorld()
            try world.write(events.joined(separator: "\n"))
            #expect(try await world.run("12-01T09:00:00").outcome == "ok")
            #expect(try await world.sent() == [:], "\(number)")
            #expect(try world.published() == [])
        }
    }

    @Test(arguments: [
        "METHOD:CANCEL\n" + CalendarWorld.event("u1", CalendarWorld.zoned, "SEQUENCE:1"),
        CalendarWorld.event("u1", CalendarWorld.zoned, "SEQUENCE:1\nMETHOD:CANCEL\n\(CalendarWorld.weekly)"),
        "METHOD:CANCEL\n"
            + CalendarWorld.event("u1", CalendarWorld.zoned).replacing("DTSTART\(CalendarWorld.zoned)\n", with: ""),
    ])
    func aCancellationCancelsAllOccurrencesAtOnce(_ cancellation: String) async throws {
        let world = try CalendarWorld()
        try world.write(Self.series)
        try await world.run("12-01T09:00:00")
        try world.write(cancellation)
        #expect(try await world.run("12-01T10:00:00").outcome == "ok")
        #expect(try await world.sent() == ["jana registered": 4, "jana canceled": 4])
    }

    @Test func aCancellationOfOneOccurrenceCancelsThatOne() async throws {
        let world = try CalendarWorld()
        try world.write(Self.series)
        try await world.run("12-01T09:00:00")
        try world.write(
            Self.series, CalendarWorld.event("u1", ":20261216T140000Z", "RECURRENCE-ID:20261216T140000Z\nMETHOD:CANCEL")
        )
        #expect(try await world.run("12-01T10:00:00").outcome == "ok")
        #expect(try await world.sent() == ["jana registered": 4, "jana canceled": 1])
    }

    @Test func anyChangeOfWhatIsPublishedMovesItsTimes() async throws {
        let world = try CalendarWorld()
        func value(_ name: String) throws -> String? {
            try world.folder.read("public/all.ics").split(separator: "\r\n").first { $0.hasPrefix(name + ":") }
                .map(String.init)
        }
        let event = CalendarWorld.event("u1", CalendarWorld.zoned, "DESCRIPTION:Bring a hammer")
        try world.write(event)
        try await world.run("12-01T09:00:00")
        #expect(try value("LAST-MODIFIED") == "LAST-MODIFIED:20261201T090000Z")
        try world.write(event.replacing("hammer", with: "saw"))
        for hour in ["10", "11"] {
            #expect(try await world.run("12-01T\(hour):00:00").tally == RunReport.Tally())
            #expect(try value("LAST-MODIFIED") == "LAST-MODIFIED:20261201T100000Z")
            #expect(try value("DTSTAMP") == "DTSTAMP:20261201T100000Z" && value("SEQUENCE") == "SEQUENCE:0")
        }
        // Another spelling of the same shows nothing else.
        try world.write(
            event.replacing("hammer", with: "saw").replacing("TZID=Europe/Berlin", with: "TZID=W. Europe Standard Time")
        )
        try await world.run("12-01T12:00:00")
        #expect(try value("LAST-MODIFIED") == "LAST-MODIFIED:20261201T100000Z")
    }

    @Test func theSequenceDoesNotFallWhereTheLedgerIsLost() async throws {
        let world = try CalendarWorld()
        let job = try world.folder.read("job.yaml").replacing("public/all.ics}", with: "public/all.ics, replace: true}")
        try world.folder.write(job, to: "job.yaml")
        try world.write(CalendarWorld.event("u1"), CalendarWorld.event("u2", ":20261211T140000Z"))
        try await world.run("12-01T09:00:00")
        try world.write(CalendarWorld.event("u1", ":20261210T140000Z"), CalendarWorld.event("u2", ":20261211T140000Z"))
        try await world.run("12-01T10:00:00")
        #expect(try world.published() == ["20261210T140000Z 1 CONFIRMED", "20261211T140000Z 0 CONFIRMED"])
        func lose() {
            for name in ["usher.sqlite", "usher.sqlite-wal", "usher.sqlite-shm", "usher.sqlite.witness"] {
                try? FileManager.default.removeItem(atPath: world.folder.path(name))
            }
        }
        lose()
        for hour in [11, 12] {
            #expect(try await world.run("12-01T\(hour):00:00").outcome == "ok")
            #expect(try world.published() == ["20261210T140000Z 1 CONFIRMED", "20261211T140000Z 0 CONFIRMED"])
        }
        // What has changed meanwhile is another revision.
        lose()
        try world.write(CalendarWorld.event("u1", ":20261210T150000Z"), CalendarWorld.event("u2", ":20261211T140000Z"))
        try await world.run("12-01T13:00:00")
        #expect(try world.published() == ["20261210T150000Z 2 CONFIRMED", "20261211T140000Z 0 CONFIRMED"])
        try world.write(CalendarWorld.event("u1", ":20261210T160000Z"), CalendarWorld.event("u2", ":20261211T140000Z"))
        try await world.run("12-01T14:00:00")
        #expect(try world.published() == ["20261210T160000Z 3 CONFIRMED", "20261211T140000Z 0 CONFIRMED"])
    }

    @Test func aSourceThatIsAwayKeepsRemindingFromWhatIsKnown() async throws {
        let world = try CalendarWorld()
        try world.write(Self.series)
        try await world.run("12-01T09:00:00")
        try world.folder.write("<html>Sign in</html>", to: "feed.ics")
        for time in ["12-08T14:00:00", "12-08T14:05:00"] {
            let report = try await world.run(time)
            #expect(report.counts == [.sourceUnreachable: 1], "\(report.problems)")
            #expect(report.notes.contains { $0.contains("the 4 sessions known from before") }, "\(report.notes)")
            #expect(try await world.sent() == ["jana registered": 4, "jana 24h before start": 1])
        }
        let adopted = try await world.adopt("12-15T14:00:00")
        #expect(adopted.counts == [.sourceUnreachable: 1])
        #expect(try await world.run("12-15T14:05:00").tally.sent == 1, "nothing was adopted")
        try world.write(Self.series)
        #expect(try await world.run("12-15T14:10:00").outcome == "ok")
        #expect(try await world.sent() == ["jana registered": 4, "jana 24h before start": 2])
    }

    @Test func aSourceThatWasNeverReadHasNothingToRemindOf() async throws {
        let world = try CalendarWorld()
        try world.folder.write("<html>Sign in</html>", to: "feed.ics")
        let report = try await world.run("12-08T14:00:00")
        #expect(report.counts == [.sourceUnreachable: 1] && report.planned == nil, "\(report)")
    }

    @Test func eachOfSeveralCalendarsHasItsOwnMethod() async throws {
        let next = "END:VCALENDAR\nBEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n"
        let (one, other) = (CalendarWorld.event("u1"), CalendarWorld.event("u2", ":20261210T140000Z"))
        for feed in [
            "METHOD:CANCEL\n\(one)\n\(next)METHOD:PUBLISH\n\(other)", "\(other)\n\(next)METHOD:CANCEL\n\(one)",
        ] {
            let world = try CalendarWorld()
            try world.write(feed)
            #expect(try await world.run("12-01T09:00:00").outcome == "ok")
            #expect(try await world.sent() == ["jana registered": 1])
            #expect(try world.published() == ["20261210T140000Z 0 CONFIRMED"])
        }
    }
}
