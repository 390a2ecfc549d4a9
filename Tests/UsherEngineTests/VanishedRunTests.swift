import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs on a calendar from which sessions vanish.
@Suite("runs while a person is asked")
struct VanishedRunTests {
    private func days(_ prefix: String, _ days: ClosedRange<Int> = 10...15) -> [String] {
        days.map { CalendarWorld.event("\(prefix)-\($0)", ":202612\($0)T140000Z") }
    }

    private func write(_ world: CalendarWorld, _ events: [String]) throws {
        try world.write(events.joined(separator: "\n"))
    }

    private func digest(_ report: RunReport) -> String? {
        report.problems.first { $0.code == .guardTripped }?.text.split(separator: " ").last.map(String.init)
    }

    @Test func idsThatAreNewAtEachFetchInviteNobodyAgain() async throws {
        let world = try CalendarWorld()
        try write(world, days("a0"))
        try await world.run("12-01T09:00:00")
        #expect(try await world.sent() == ["jana registered": 6])
        for hour in 10...13 {
            try write(world, days("a\(hour)"))
            let report = try await world.run("12-01T\(hour):00:00")
            #expect(report.counts == [.guardTripped: 1] && report.planned?.sends == 0, "\(report)")
            #expect(report.problems.first?.text.contains("6 others appeared") == true, "\(report.problems)")
            #expect(try world.published().count == 6)
        }
        // At the time of a reminder, too.
        #expect(try await world.run("12-09T14:00:00").counts == [.guardTripped: 1])
        #expect(try await world.sent() == ["jana registered": 6])
        // What returns goes on where it stood.
        try write(world, days("a0"))
        #expect(try await world.run("12-09T14:05:00").outcome == "ok")
        #expect(try await world.sent() == ["jana registered": 6, "jana 24h before start": 1])
    }

    @Test func whatAPersonApprovesIsCanceledAndTheNewIsAnnounced() async throws {
        let world = try CalendarWorld()
        try write(world, days("a0"))
        try await world.run("12-01T09:00:00")
        try write(world, days("a1"))
        let digest = try #require(digest(try await world.run("12-09T14:00:00")))
        let report = try await world.run("12-09T14:05:00", approval: digest)
        #expect(report.outcome == "ok", "\(report.problems)")
        // No reminder of what is gone.
        #expect(try await world.sent()["jana registered"] == 12)
        #expect(try await world.run("12-09T14:10:00").outcome == "ok")
        let sent = try await world.sent()
        #expect(sent["jana canceled"] == 6 && sent["jana registered"] == 12, "\(sent)")
        #expect(try await world.run("12-09T14:15:00").tally == RunReport.Tally())
    }

    @Test func whatWaitsForItsChannelIsHeldToo() async throws {
        let world = try CalendarWorld()
        try write(world, days("a0"))
        try world.folder.write("occupied", to: "outbox")
        #expect(try await world.run("12-01T09:00:00").tally.sent == 0)
        try FileManager.default.removeItem(atPath: world.folder.path("outbox"))
        try write(world, days("a1"))
        #expect(try await world.run("12-01T12:00:00").counts == [.guardTripped: 1])
        #expect(try await world.sent() == [:])
        try write(world, days("a0"))
        #expect(try await world.run("12-01T13:00:00").outcome == "ok")
        #expect(try await world.sent() == ["jana registered": 6])
    }

    @Test func oneOfThreeNeedsNoPerson() async throws {
        let world = try CalendarWorld()
        try write(world, days("u", 10...12))
        try await world.run("12-01T09:00:00")
        try write(world, days("u", 11...12))
        for hour in 10...13 { #expect(try await world.run("12-01T\(hour):00:00").outcome == "ok") }
        #expect(try await world.sent() == ["jana registered": 3, "jana canceled": 1])
    }

    @Test func oneThatIsDeletedAndMadeAnewNeedsNoPerson() async throws {
        let world = try CalendarWorld()
        try write(world, [CalendarWorld.event("u1")])
        try await world.run("12-01T09:00:00")
        try write(world, [CalendarWorld.event("u9", ":20261210T140000Z")])
        for hour in 10...13 { #expect(try await world.run("12-01T\(hour):00:00").outcome == "ok") }
        #expect(try await world.sent() == ["jana registered": 2, "jana canceled": 1])
    }
}
