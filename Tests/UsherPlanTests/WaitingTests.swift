import Testing
import UsherModel
import UsherPlan

@Suite("what waits for a later attempt supersedes nothing that can go now")
struct WaitingTests {
    @Test func aReminderGoesWhileTheInvitationWaits() throws {
        var world = World("registered", "24h before start", "15m before start")
        #expect(
            try world.run("10T13:00", [session()], [person("ada")], down: true, retry: "10T14:50")
                == ["ada: 24h before start skipped: superseded", "ada: registered pending"])
        #expect(!world.isOpen)
        #expect(try world.run("10T14:45", [session()], [person("ada")]) == ["ada: 15m before start sent"])
        #expect(world.isOpen, "the next run looks again")
        #expect(try world.run("10T14:46", [session()], [person("ada")]) == [])
        #expect(!world.isOpen)
        #expect(try world.run("10T14:50", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("10T14:55", [session()], [person("ada")]) == [])
    }

    /// Someone whom the ledger was told to forget, and whom the source still lists.
    @Test func whatWaitsForWhomItForgotSupersedesNothing() throws {
        var world = World("registered", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")], down: true)
        for key in world.rows.keys { world.rows[key]?.isForgotten = true }
        #expect(
            try world.run("09T15:00", [session()], [person("ada")])
                == ["ada: 24h before start sent", "ada: registered skipped: suppressed"])
        #expect(try world.run("09T15:05", [session()], [person("ada")]) == [])
    }

    @Test func whenItsTimeHasComeTheInvitationGoesFirst() throws {
        var world = World("registered", "15m before start")
        _ = try world.run("10T13:00", [session()], [person("ada")], down: true, retry: "10T14:45")
        #expect(
            try world.run("10T14:45", [session()], [person("ada")])
                == ["ada: 15m before start skipped: superseded", "ada: registered sent"])
    }

    @Test func whatCannotGoBeforeTheReminderIsOverDoesNotReplaceIt() throws {
        var world = World("registered", "15m before start")
        _ = try world.run("10T13:00", [session()], [person("ada")], down: true)
        #expect(
            try world.run("10T14:45", [session()], [person("ada")], down: true, retry: "10T14:50")
                == ["ada: 15m before start skipped: superseded"])
        #expect(try world.run("10T14:46", [session()], [person("ada")]) == [], "it can still go in time")
        #expect(try world.run("10T14:50", [session()], [person("ada")], down: true, retry: "10T15:10") == [])
        #expect(try world.run("10T14:51", [session()], [person("ada")]) == ["ada: 15m before start sent"])
        #expect(try world.run("10T14:52", [session()], [person("ada")]) == [])
        #expect(try world.run("10T15:10", [session()], [person("ada")]) == ["ada: registered sent"])
    }

    @Test func aNewerChangeReplacesOneThatWaits() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("02T00:00", [session("11T15:00")], [person("ada")], down: true, retry: "05T00:00")
                == ["ada: changed pending"])
        #expect(
            try world.run("03T00:00", [session("12T15:00")], [person("ada")])
                == ["ada: changed sent", "ada: changed skipped: superseded"])
        #expect(try world.run("05T00:00", [session("12T15:00")], [person("ada")]) == [])
    }

    @Test func aCancellationReplacesWhateverWaits() throws {
        var world = World("registered", "changed", "canceled", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("02T00:00", [session("11T15:00")], [person("ada")], down: true, retry: "05T00:00")
        #expect(
            try world.run("03T00:00", [session("11T15:00", status: .canceled)], [person("ada")])
                == ["ada: canceled sent", "ada: changed skipped: canceled"])
        #expect(try world.run("05T00:00", [session("11T15:00", status: .canceled)], [person("ada")]) == [])
    }

    @Test func aLaterReminderReplacesAnEarlierOneThatWaits() throws {
        var world = World("24h before start", "1h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T15:00", [session()], [person("ada")], down: true, retry: "10T14:30")
        #expect(
            try world.run("10T14:00", [session()], [person("ada")])
                == ["ada: 1h before start sent", "ada: 24h before start skipped: superseded"])
    }

    @Test func aChangeThatWaitsIsToldByWhateverGoesFirst() throws {
        var world = World("registered", "changed", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T14:00", [session(subject: "Chairs")], [person("ada")], down: true, retry: "09T20:00")
        // The reminder has the new subject, so there is nothing left to tell.
        #expect(
            try world.run("09T15:00", [session(subject: "Chairs")], [person("ada")]) == ["ada: 24h before start sent"])
        #expect(
            try world.run("09T20:00", [session(subject: "Chairs")], [person("ada")])
                == ["ada: changed skipped: superseded"])
        #expect(try world.run("09T21:00", [session(subject: "Chairs")], [person("ada")]) == [])
    }

    @Test func whatWaitsTogetherIsLeftAlone() throws {
        var world = World("registered", "15m before start")
        _ = try world.run("10T13:00", [session()], [person("ada")], down: true, retry: "10T14:52")
        _ = try world.run("10T14:45", [session()], [person("ada")], down: true, retry: "10T14:50")
        #expect(try world.run("10T14:47", [session()], [person("ada")]) == [])
        #expect(world.isOpen)
        #expect(try world.run("10T14:50", [session()], [person("ada")]) == ["ada: 15m before start sent"])
        #expect(try world.run("10T14:52", [session()], [person("ada")]) == ["ada: registered sent"])
    }
}
