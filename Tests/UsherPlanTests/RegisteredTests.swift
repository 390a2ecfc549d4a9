import Testing
import UsherModel
import UsherPlan

@Suite("registered: due when the attendee is first seen, until the end")
struct RegisteredTests {
    @Test func whoeverIsRegisteredIsToldOnceAndOnlyOnce() throws {
        var world = World("registered", "24h before start")
        let people = [try person("ada"), try person("bob")]
        #expect(try world.run("01T00:00", [session()], people) == ["ada: registered sent", "bob: registered sent"])
        #expect(try world.run("01T00:00", [session()], people) == [])
        #expect(try world.run("01T00:05", [session()], people + [person("cem")]) == ["cem: registered sent"])
    }

    @Test(arguments: [AttendeeStatus.canceled, .waitlisted, .pendingApproval, .rejectedByOrganizer, .unknown])
    func whoeverHoldsNoSeatHearsNothing(_ status: AttendeeStatus) throws {
        var world = World("registered", "24h before start", "canceled", "changed")
        #expect(try world.run("09T15:00", [session()], [person("ada", status)]) == [])
        #expect(try world.run("09T16:00", [session("10T18:00")], [person("ada", status)]) == [])
    }

    @Test func aDraftIsNotAnnouncedUntilItIsReal() throws {
        var world = World("registered", "announced | channel")
        #expect(try world.run("01T00:00", [session(status: .draft)], [person("ada")]) == [])
        #expect(
            try world.run("02T00:00", [session()], [person("ada")]) == [
                "[mail]: announced sent", "ada: registered sent",
            ])
    }

    @Test func nothingIsDueOnceTheSessionIsOver() throws {
        var world = World("registered")
        #expect(try world.run("10T16:00", [session()], [person("ada")]) == [])
        var earlier = World("registered")
        #expect(try earlier.run("10T15:59", [session()], [person("bob")]) == ["bob: registered sent"])
    }

    @Test func aRegistrationCancelledAndRenewedUnderANewIDIsToldAgain() throws {
        var world = World("registered", "canceled")
        #expect(try world.run("01T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("02T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
        #expect(try world.run("02T01:00", [session()], [person("ada", .canceled)]) == [])
        let renewed = [try person("ada", .canceled), try person("ada", id: "r-ada-2")]
        #expect(try world.run("03T00:00", [session()], renewed) == ["ada: registered sent"])
        #expect(try world.run("03T01:00", [session()], renewed) == [])
    }

    @Test func aRegistrationCancelledAndRenewedUnderItsOldIDIsToldAgainEachTime() throws {
        var world = World("registered", "canceled", "changed")
        for day in ["01", "03", "05"] {
            let next = "0\((Int(day) ?? 0) + 1)"
            #expect(
                try world.run("\(day)T00:00", [session()], [person("ada")]) == ["ada: registered sent"], "day \(day)")
            #expect(try world.run("\(next)T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
            #expect(try world.run("\(next)T01:00", [session()], [person("ada", .canceled)]) == [])
        }
    }

    @Test func cancelledAndRenewedBetweenTwoRunsIsOneMessageAndNoCancellation() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        let renewed = [try person("ada", id: "r-ada-2"), try person("ada", .canceled)]
        #expect(try world.run("02T00:00", [session()], renewed) == ["ada: registered sent"])
    }

    @Test func aRowThatDisappearsFromTheListIsNoCancellationButEndsTheReminders() throws {
        var world = World("registered", "canceled", "24h before start", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada"), person("bob")])
        #expect(try world.run("09T15:00", [session()], [person("bob")]) == ["bob: 24h before start sent"])
        #expect(
            try world.run("09T16:00", [session("12T17:00")], [person("bob")]) == [
                "ada: changed sent", "bob: changed sent",
            ])
    }

    @Test func sessionsThatSomeoneDidNotChooseAreNotTheirs() throws {
        var world = World("registered", "canceled")
        var ada = try person("ada")
        ada.sessions = [SessionID(rawValue: "s2")]
        let both = [try session(), try session("11T15:00", id: "s2")]
        #expect(world.run("01T00:00", both, [ada]) == ["ada: registered sent"])
        ada.sessions = [SessionID(rawValue: "s1")]
        #expect(world.run("02T00:00", both, [ada]) == ["ada: canceled sent", "ada: registered sent"])
    }
}
