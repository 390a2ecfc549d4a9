import Testing
import UsherModel
import UsherPlan

@Suite("offsets: due at anchor ± offset, until the next offset, the start, the end or the grace")
struct OffsetTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let rules: [String]
        /// When Ada is first seen.
        let seen: String
        /// When the next run takes place.
        let next: String
        let expected: [String]
        var testDescription: String { "\(rules) seen \(seen), next \(next)" }
    }

    @Test(arguments: [
        Case(rules: ["24h before start"], seen: "01T00:00", next: "09T14:59", expected: []),
        Case(rules: ["24h before start"], seen: "01T00:00", next: "09T15:00", expected: ["ada: 24h before start sent"]),
        Case(rules: ["24h before start"], seen: "01T00:00", next: "10T14:59", expected: ["ada: 24h before start sent"]),
        Case(
            rules: ["24h before start"], seen: "01T00:00", next: "10T15:00",
            expected: ["ada: 24h before start skipped: expired"]),
        Case(
            rules: ["24h before start", "15m before start"], seen: "01T00:00", next: "10T14:45",
            expected: ["ada: 15m before start sent", "ada: 24h before start skipped: expired"]),
        Case(
            rules: ["24h before start", "15m before start"], seen: "01T00:00", next: "10T15:30",
            expected: ["ada: 15m before start skipped: expired", "ada: 24h before start skipped: expired"]),
        Case(rules: ["10m after start"], seen: "01T00:00", next: "10T15:10", expected: ["ada: 10m after start sent"]),
        Case(
            rules: ["10m after start"], seen: "01T00:00", next: "10T16:00",
            expected: ["ada: 10m after start skipped: expired"]),
        Case(rules: ["5m before end"], seen: "01T00:00", next: "10T15:55", expected: ["ada: 5m before end sent"]),
        Case(rules: ["1h after end"], seen: "01T00:00", next: "10T16:59", expected: []),
        Case(rules: ["1h after end"], seen: "01T00:00", next: "10T18:59", expected: ["ada: 1h after end sent"]),
        Case(
            rules: ["1h after end"], seen: "01T00:00", next: "10T19:00",
            expected: ["ada: 1h after end skipped: expired"]),
        Case(
            rules: ["1h after end", "2h after end"], seen: "01T00:00", next: "10T18:00",
            expected: ["ada: 1h after end skipped: expired", "ada: 2h after end sent"]),
        Case(rules: ["0s before start"], seen: "01T00:00", next: "10T15:59", expected: ["ada: 0s before start sent"]),
    ])
    func aMomentIsDueUntilItExpires(_ example: Case) throws {
        var world = World()
        world.rules = example.rules.flatMap { World($0).rules }
        #expect(try world.run(example.seen, [session()], [person("ada")]) == [])
        #expect(try world.run(example.next, [session()], [person("ada")]) == example.expected)
        #expect(try world.run(example.next, [session()], [person("ada")]) == [])
    }

    @Test func theFirstRunOwesNothingForWhatWasOverBeforeIt() throws {
        var world = World("registered", "24h before start", "15m before start", "1h after end")
        #expect(try world.run("10T15:30", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("10T17:00", [session()], [person("ada")]) == ["ada: 1h after end sent"])
    }

    @Test func aLateRegistrantGetsTheInvitationAndTheRemindersStillToCome() throws {
        var world = World("registered", "24h before start", "15m before start")
        _ = try world.run("01T00:00", [session()], [])
        #expect(
            try world.run("10T13:00", [session()], [person("ada")])
                == ["ada: 24h before start skipped: superseded", "ada: registered sent"])
        #expect(try world.run("10T14:45", [session()], [person("ada")]) == ["ada: 15m before start sent"])
    }

    @Test func withLateSkipWhoeverCameAfterItFellDueNeverGetsIt() throws {
        var world = World("24h before start | attendees | late: skip")
        #expect(try world.run("09T15:00", [session()], [person("ada")]) == ["ada: 24h before start sent"])
        #expect(
            try world.run("09T16:00", [session()], [person("ada"), person("bob")])
                == ["bob: 24h before start skipped: late"])
        #expect(
            try world.run("09T17:00", [session()], [person("cem", registered: "08T00:00")])
                == ["cem: 24h before start sent"])
    }

    @Test func afterAnOutageOnlyTheNewestGoes() throws {
        var world = World("registered", "48h before start", "24h before start", "1h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("09T18:00", [session()], [person("ada")])
                == ["ada: 24h before start sent", "ada: 48h before start skipped: expired"])
    }

    @Test func whatWaitsWhenTheNextReminderFallsDueIsSuperseded() throws {
        var world = World("24h before start", "1h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("09T15:00", [session()], [person("ada")], down: true) == ["ada: 24h before start pending"])
        #expect(
            try world.run("10T14:00", [session()], [person("ada")])
                == ["ada: 1h before start sent", "ada: 24h before start skipped: superseded"])
    }
}
