import Testing
import UsherModel
import UsherPlan

@Suite("canceled: due to everyone who was told, and to no one else")
struct CanceledTests {
    @Test func onlyThoseWhoWereToldHearOfIt() throws {
        var world = World("registered", "changed", "canceled", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        let off = try session(status: .canceled)
        #expect(try world.run("02T00:00", [off], [person("ada"), person("bob")]) == ["ada: canceled sent"])
        #expect(try world.run("09T15:00", [off], [person("ada"), person("bob")]) == [])
    }

    @Test func whoseSessionsAreNotKnownIsToldNothing() throws {
        var world = World("registered", "changed", "canceled", "24h before start")
        var (ada, bob) = (try person("ada"), try person("bob"))
        ada.sessions = []
        #expect(try world.run("01T00:00", [session()], [ada, bob]) == ["bob: registered sent"])
        bob.sessions = []
        #expect(try world.run("02T00:00", [session()], [ada, bob]) == [])
        // Bob has canceled, and registered anew for what is not known yet.
        var again = try person("bob", id: "r-bob-2")
        again.sessions = []
        var before = bob
        before.status = .canceled
        #expect(try world.run("02T12:00", [session()], [ada, before, again]) == [])
        ada.sessions = [try session().key.session]
        bob.sessions = [SessionID(rawValue: "other")]
        #expect(
            try world.run("03T00:00", [session()], [ada, bob]) == ["ada: registered sent", "bob: canceled sent"])
    }

    @Test func whatWaitsIsSkipped() throws {
        var world = World("registered", "canceled", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T15:00", [session()], [person("ada"), person("bob")], down: true)
        #expect(
            try world.run("09T16:00", [session(status: .canceled)], [person("ada"), person("bob")])
                == [
                    "ada: 24h before start skipped: canceled", "ada: canceled sent",
                    "bob: registered skipped: canceled",
                ])
    }

    @Test func cancelledAndRestoredTellsBothAndRestoresWhatWaited() throws {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("01T01:00", [session()], [person("ada"), person("bob")], down: true)
        _ = try world.run("02T00:00", [session(status: .canceled)], [person("ada"), person("bob")])
        #expect(
            try world.run("03T00:00", [session()], [person("ada"), person("bob")])
                == ["ada: changed sent", "bob: registered sent"])
        #expect(try world.run("04T00:00", [session()], [person("ada"), person("bob")]) == [])
        #expect(
            try world.run("05T00:00", [session(status: .canceled)], [person("ada"), person("bob")])
                == ["ada: canceled sent", "bob: canceled sent"])
    }

    @Test func restoredBeforeAnyoneCouldBeToldIsSilence() throws {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("02T00:00", [session(status: .canceled)], [person("ada")], down: true)
        #expect(
            try world.run("03T00:00", [session()], [person("ada")]) == ["ada: canceled skipped: superseded"])
        #expect(try world.run("03T01:00", [session()], [person("ada")]) == [])
    }

    @Test func restoredAndMovedBeforeAnyoneCouldBeToldIsAChangeOnly() throws {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("02T00:00", [session(status: .canceled)], [person("ada")], down: true)
        #expect(
            try world.run("03T00:00", [session("11T15:00")], [person("ada")])
                == ["ada: canceled skipped: superseded", "ada: changed sent"])
    }

    @Test func whoeverCancelledTheirOwnSeatHearsNoMore() throws {
        var world = World("registered", "changed", "canceled", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("02T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
        #expect(try world.run("03T00:00", [session("11T15:00")], [person("ada", .canceled)]) == [])
        #expect(try world.run("10T16:00", [session("11T15:00")], [person("ada", .canceled)]) == [])
        #expect(try world.run("11T00:00", [session("11T15:00", status: .canceled)], [person("ada", .canceled)]) == [])
    }

    @Test func someoneRemovedFromTheListIsStillToldThatItIsOff() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada"), person("bob")])
        #expect(
            try world.run("02T00:00", [session(status: .canceled)], [person("bob")])
                == ["ada: canceled sent", "bob: canceled sent"])
    }

    @Test func aSessionFirstSeenCancelledIsNoOnesBusiness() throws {
        var world = World("registered", "announced | channel", "canceled", "canceled | channel")
        #expect(try world.run("01T00:00", [session(status: .canceled)], [person("ada")]) == [])
    }

    @Test func aRoomIsToldToo() throws {
        var world = World(
            "announced | channel", "changed | channel", "canceled | channel", "10m before start | channel")
        #expect(try world.run("01T00:00", [session()]) == ["[mail]: announced sent"])
        #expect(try world.run("02T00:00", [session("11T15:00")]) == ["[mail]: changed sent"])
        #expect(try world.run("11T14:50", [session("11T15:00")]) == ["[mail]: 10m before start sent"])
        #expect(try world.run("11T14:55", [session("11T15:00", status: .canceled)]) == ["[mail]: canceled sent"])
    }
}
