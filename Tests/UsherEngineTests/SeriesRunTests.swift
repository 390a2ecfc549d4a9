import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs with a rule that tells of a series once.
@Suite("one message for a series")
struct SeriesRunTests {
    private static let rules = """
        - {when: registered,       to: attendees, via: outbox, template: invite, per: series}
          - {when: 1h before start,  to: attendees, via: outbox, template: reminder}
          - {when: changed,          to: attendees, via: outbox, template: update}
          - {when: canceled,         to: attendees, via: outbox, template: cancel}
        """
    private static let jana = "ATTENDEE;CN=Jana:mailto:jana@example.com"
    private static let both = jana + "\nATTENDEE;CN=Eve:mailto:eve@example.com"

    private func standUp(_ people: String = jana, _ more: String = "") -> String {
        CalendarWorld.event(
            "u1", ":20261209T140000Z", ["RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", more].joined(separator: "\n"),
            people: people)
    }

    private func expectSound(_ world: CalendarWorld) async throws {
        try await world.rehearsal.withLedger { ledger in
            let verification = try await ledger.verify(clock: Instant(secondsSince1970: 1_800_000_000))
            #expect(verification.problems.isEmpty, "\(verification.problems)")
        }
    }

    @Test func isSentOnceAndRemindersStayThoseOfEachOccurrence() async throws {
        let world = try CalendarWorld(rules: Self.rules)
        try world.write(standUp())
        for minute in ["00", "05", "10"] {
            let report = try await world.run("12-01T09:\(minute):00")
            #expect(report.outcome == "ok", "\(report.problems)")
            #expect(try await world.sent() == ["jana registered": 1])
        }
        for day in ["09", "10", "11"] { try await world.run("12-\(day)T13:00:00") }
        #expect(try await world.sent() == ["jana registered": 1, "jana 1h before start": 3])
        try await expectSound(world)
    }

    @Test func whoeverComesLaterIsToldOfTheNext() async throws {
        let world = try CalendarWorld(rules: Self.rules)
        try world.write(standUp())
        try await world.run("12-01T09:00:00")
        try world.write(standUp(Self.both))
        for time in ["12-10T15:00:00", "12-10T15:05:00", "12-10T15:10:00"] { try await world.run(time) }
        #expect(try await world.sent() == ["jana registered": 1, "eve registered": 1])
        try await expectSound(world)
    }

    @Test func changesAndCancellationsReachWhoWasToldOfTheSeries() async throws {
        let world = try CalendarWorld(rules: Self.rules)
        try world.write(standUp())
        for minute in ["00", "05"] { try await world.run("12-01T09:\(minute):00") }
        let moved = CalendarWorld.event("u1", ":20261215T160000Z", "RECURRENCE-ID:20261215T140000Z\nSEQUENCE:1")
        let off = CalendarWorld.event("u1", ":20261216T140000Z", "RECURRENCE-ID:20261216T140000Z\nSTATUS:CANCELLED")
        try world.write(standUp(), moved, off)
        for minute in ["10", "15"] { try await world.run("12-01T09:\(minute):00") }
        #expect(try await world.sent() == ["jana registered": 1, "jana changed": 1, "jana canceled": 1])
        try await expectSound(world)
    }

    @Test func nothingCountsAsToldBeforeTheMessageWasSent() async throws {
        let world = try CalendarWorld(rules: Self.rules)
        try world.folder.write("occupied", to: "outbox")
        try world.write(standUp())
        try await world.run("12-01T09:00:00")
        // The first one is canceled while the message waits: the next tells of the series.
        try world.write(standUp(Self.jana, "EXDATE:20261209T140000Z"))
        for minute in ["05", "10"] { try await world.run("12-01T09:\(minute):00") }
        try FileManager.default.removeItem(atPath: world.folder.path("outbox"))
        for minute in ["15", "20", "25"] { try await world.run("12-01T12:\(minute):00") }
        #expect(try await world.sent() == ["jana registered": 1])
        try await expectSound(world)
    }

    @Test func aRuleThatBecomesOneForASeriesTellsNobodyAgain() async throws {
        let world = try CalendarWorld(
            rules: Self.rules.replacing(", per: series", with: ""), more: "window: {future: 14d}")
        try world.write(standUp())
        try await world.run("12-01T09:00:00")
        let count = try await world.sent()["jana registered"] ?? 0
        #expect(count > 3)
        let job = try world.folder.read("job.yaml").replacing("template: invite", with: "template: invite, per: series")
        try world.folder.write(job, to: "job.yaml")
        for day in ["02", "03", "04", "05"] { try await world.run("12-\(day)T09:00:00") }
        #expect(try await world.sent() == ["jana registered": count])
        try await expectSound(world)
    }

    @Test func aGuestOfOneOccurrenceIsToldOfThatOne() async throws {
        let world = try CalendarWorld(rules: Self.rules)
        let guest = CalendarWorld.event(
            "u1", ":20261215T140000Z", "RECURRENCE-ID:20261215T140000Z",
            people: Self.jana + "\nATTENDEE:mailto:guest@example.com")
        try world.write(standUp(), guest)
        for minute in ["00", "05", "10"] { try await world.run("12-01T09:\(minute):00") }
        #expect(try await world.sent() == ["jana registered": 1, "guest registered": 1])
        try await expectSound(world)
    }

    @Test func adoptionRecordsTheSeriesAsTold() async throws {
        let world = try CalendarWorld(rules: Self.rules)
        try world.write(standUp())
        #expect(try await world.adopt("12-01T09:00:00").outcome == "ok")
        for minute in ["05", "10"] { #expect(try await world.run("12-01T09:\(minute):00").outcome == "ok") }
        #expect(try await world.sent() == [:])
        try await expectSound(world)
    }

    @Test func perIsRefusedWhereItMeansNothing() throws {
        let world = try CalendarWorld(
            rules: Self.rules.replacing("template: reminder", with: "template: reminder, per: series"))
        #expect(throws: (any Error).self) { try ConfiguredJob(job: world.folder.path("job.yaml"), .rehearsed()) }
    }
}
