import Testing
import UsherModel
import UsherPlan

@Suite("changed: due to whoever was told an earlier revision")
struct ChangedTests {
    struct Change: CustomTestStringConvertible, Sendable {
        let name: String
        let make: @Sendable () throws -> Session
        var testDescription: String { name }
    }

    @Test(arguments: [
        Change(name: "start and end") { try session("10T17:00") },
        Change(name: "end alone") { try session(hours: 2) },
        Change(name: "subject") { try session(subject: "Chairs") },
        Change(name: "join URL") { try session(link: "b") },
    ])
    func everyMaterialFactIsToldOnceToThoseWhoWereTold(_ change: Change) throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("02T00:00", [change.make()], [person("ada"), person("bob")])
                == ["ada: changed sent", "bob: registered sent"])
        #expect(try world.run("03T00:00", [change.make()], [person("ada"), person("bob")]) == [])
    }

    @Test func whatIsNotMaterialIsNotTold() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        var other = try session()
        (other.details, other.passcode) = ("More words", Line(cleaning: "4711"))
        #expect(try world.run("02T00:00", [other], [person("ada")]) == [])
        #expect(world.known.values.first?.session.passcode?.text == "4711")
    }

    @Test func movedAndMovedBackBetweenTwoRunsIsNothing() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("03T00:00", [session()], [person("ada")]) == [])
    }

    @Test func movedAndMovedBackOverTwoRunsIsToldBothTimes() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("02T00:00", [session("11T15:00")], [person("ada")]) == ["ada: changed sent"])
        #expect(try world.run("03T00:00", [session()], [person("ada")]) == ["ada: changed sent"])
    }

    @Test func severalChangesBeforeAnyoneCouldBeToldMakeOneNotice() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("02T00:00", [session("11T15:00")], [person("ada")], down: true) == ["ada: changed pending"])
        #expect(
            try world.run("03T00:00", [session("12T15:00")], [person("ada")])
                == ["ada: changed sent", "ada: changed skipped: superseded"])
    }

    @Test func movedLaterEarnsNewReminders() throws {
        var world = World("registered", "24h before start", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("09T15:00", [session()], [person("ada")]) == ["ada: 24h before start sent"])
        #expect(try world.run("09T16:00", [session("12T15:00")], [person("ada")]) == ["ada: changed sent"])
        #expect(try world.run("11T15:00", [session("12T15:00")], [person("ada")]) == ["ada: 24h before start sent"])
    }

    @Test func aReminderThatWouldBeDueTheMomentTheSessionMovesIsToldByTheChange() throws {
        var world = World("registered", "24h before start", "1h before start", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T15:00", [session()], [person("ada")])
        #expect(
            try world.run("09T16:00", [session("10T12:00")], [person("ada")])
                == ["ada: 24h before start skipped: told by change", "ada: changed sent"])
        #expect(try world.run("10T11:00", [session("10T12:00")], [person("ada")]) == ["ada: 1h before start sent"])
    }

    @Test func movedEarlierBeforeAnyReminderMakesOneMessageTheChange() throws {
        var world = World("registered", "24h before start", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("02T00:00", [session("02T20:00")], [person("ada")])
                == ["ada: 24h before start skipped: superseded", "ada: changed sent"])
    }

    @Test func withoutAChangedRuleTheNewReminderGoesAtOnce() throws {
        var world = World("registered", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T15:00", [session()], [person("ada")])
        #expect(try world.run("09T16:00", [session("10T12:00")], [person("ada")]) == ["ada: 24h before start sent"])
    }

    @Test func whoeverIsStillWaitingForTheInvitationGetsItWithTheNewFactsAndNoChange() throws {
        var world = World("registered", "changed")
        #expect(try world.run("01T00:00", [session()], [person("ada")], down: true) == ["ada: registered pending"])
        #expect(try world.run("02T00:00", [session("11T15:00")], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("03T00:00", [session("11T15:00")], [person("ada")]) == [])
    }

    @Test func aChangeAfterTheSessionIsOverIsNotTold() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("10T17:00", [session(link: "b")], [person("ada")]) == ["ada: changed skipped: expired"])
    }
}
