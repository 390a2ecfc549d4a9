import Testing
import UsherModel
import UsherPlan

@Suite("one message per recipient, session and channel in one run")
struct PrecedenceTests {
    @Test func aCancellationGoesBeforeEverything() throws {
        var world = World("canceled", "changed", "registered", "announced", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T15:00", [session("10T17:00")], [person("ada")], down: true)
        #expect(
            try world.run("09T17:00", [session("10T17:00", status: .canceled)], [person("ada")])
                == ["ada: canceled sent", "ada: changed skipped: canceled"])
    }

    @Test func aRegistrationGoesBeforeAnAnnouncementAndAReminder() throws {
        var world = World("registered", "announced", "24h before start")
        #expect(
            try world.run("09T16:00", [session()], [person("ada")])
                == [
                    "ada: 24h before start skipped: superseded", "ada: announced skipped: superseded",
                    "ada: registered sent",
                ])
    }

    @Test func anotherChannelIsAnotherMessage() throws {
        var world = World("registered", "24h before start")
        let crm = ChannelName(rawValue: "crm")
        world.rules.append(Rule(when: .registered, audience: .attendees, channel: crm, template: "t"))
        #expect(
            try world.run("01T00:00", [session()], [person("ada")]) == ["ada: registered sent", "ada: registered sent"])
    }

    @Test func suppressedAddressesGetNothingAndItIsRecorded() throws {
        var world = World("registered", "24h before start")
        world.suppressed = [try Address("ada@example.com")]
        #expect(try world.run("01T00:00", [session()], [person("ada")]) == ["ada: registered skipped: suppressed"])
        #expect(
            try world.run("09T15:00", [session()], [person("ada")]) == ["ada: 24h before start skipped: suppressed"])
    }

    @Test func whoeverIsSuppressedWhileAMessageWaitsDoesNotGetIt() throws {
        var world = World("registered")
        _ = try world.run("01T00:00", [session()], [person("ada")], down: true)
        world.suppressed = [try Address("ada@example.com")]
        #expect(try world.run("02T00:00", [session()], [person("ada")]) == ["ada: registered skipped: suppressed"])
    }

    @Test func renamingATemplateSendsNothingAgain() throws {
        var world = World("registered")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        world.rules = world.rules.map {
            Rule(when: $0.when, audience: $0.audience, channel: $0.channel, template: "other")
        }
        #expect(try world.run("02T00:00", [session()], [person("ada")]) == [])
    }
}
