import Testing
import UsherModel
import UsherPlan

@Suite("when a session's recipients must be gone through")
struct NeedTests {
    private let table = World("registered", "24h before start").table

    private func memory(_ session: Session, revision: Int = 0) -> SessionMemory {
        SessionMemory(session: session, revision: revision, revisedAt: at("01T00:00"), firstSeenAt: at("01T00:00"))
    }

    private func last(
        rules: String? = nil, tag: String? = "a", revision: Int = 0, at time: String = "02T00:00",
        next: String? = "09T15:00"
    ) -> ScanMemory {
        ScanMemory(
            rules: rules ?? table.digest, attendeesTag: tag, revision: revision, at: at(time), nextDueAt: next.map(at))
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let isNeeded: Bool
        let last: @Sendable (NeedTests) -> ScanMemory?
        var tag: String? = "a"
        var now = "03T00:00"
    }

    @Test(arguments: [
        Case(testDescription: "never done", isNeeded: true, last: { _ in nil }),
        Case(testDescription: "nothing new", isNeeded: false, last: { $0.last() }),
        Case(testDescription: "other attendees", isNeeded: true, last: { $0.last() }, tag: "b"),
        Case(testDescription: "attendees not knowable", isNeeded: true, last: { $0.last(tag: nil) }, tag: nil),
        Case(testDescription: "other rules", isNeeded: true, last: { $0.last(rules: "x") }),
        Case(testDescription: "another revision", isNeeded: true, last: { $0.last(revision: 1) }),
        Case(testDescription: "a moment fell due", isNeeded: true, last: { $0.last() }, now: "09T15:00"),
        Case(testDescription: "the clock went back", isNeeded: true, last: { $0.last() }, now: "01T12:00"),
        Case(
            testDescription: "other attendees, all over", isNeeded: false, last: { $0.last(at: "10T17:00", next: nil) },
            tag: "b", now: "10T18:00"),
    ])
    func isWhereSomethingCouldBeDue(_ example: Case) throws {
        let needs = table.needsScan(
            memory(try session()), last: example.last(self), attendeesTag: example.tag, now: at(example.now))
        #expect(needs == example.isNeeded)
    }

    /// Design section 6, "ask only for what a rule could need", for a source without a tag of its attendees.
    @Test(arguments: [
        ("registered", "03T00:00", true), ("registered", "10T16:00", false), ("announced", "03T00:00", true),
        ("24h before start", "09T14:59", false), ("24h before start", "09T15:00", true),
        ("24h before start", "10T14:59", true), ("24h before start", "10T15:00", false),
        ("1h after end", "10T16:59", false), ("1h after end", "10T17:00", true), ("1h after end", "10T19:00", false),
        ("changed", "03T00:00", false), ("canceled", "03T00:00", false),
        ("canceled+24h before start", "03T00:00", false),
        ("canceled+24h before start", "09T15:00", true), ("canceled+24h before start", "10T15:30", true),
        ("canceled+24h before start", "10T16:00", false), ("canceled+registered", "03T00:00", true),
    ])
    func attendeesAreAskedForOnlyWhereARuleCouldNeedThem(_ rules: String, _ now: String, _ isNeeded: Bool) throws {
        var world = World()
        world.rules = rules.split(separator: "+").flatMap { World(String($0)).rules }
        let last = ScanMemory(
            rules: world.table.digest, attendeesTag: nil, revision: 0, at: at(now) - .seconds(1), nextDueAt: nil)
        #expect(world.table.needsScan(memory(try session()), last: last, attendeesTag: nil, now: at(now)) == isNeeded)
    }

    @Test func whoeverWasToldBeforeTheSessionMovedMayStillCancel() throws {
        var world = World()
        world.rules = World("canceled").rules + World("24h before start").rules
        let last = ScanMemory(
            rules: world.table.digest, attendeesTag: nil, revision: 1, at: at("02T00:00"), nextDueAt: nil)
        let moved = memory(try session(), revision: 1)
        #expect(world.table.needsScan(moved, last: last, attendeesTag: nil, now: at("03T00:00")))
    }

    @Test func aDraftIsNeverGoneThrough() throws {
        #expect(
            !table.needsScan(memory(try session(status: .draft)), last: nil, attendeesTag: nil, now: at("01T00:00")))
    }

    @Test func theNextMomentIsTheFirstAfterNow() throws {
        let rules = World("24h before start", "15m before start", "1h after end").table
        let times = ["01T00:00", "09T15:00", "10T14:45", "10T17:00"].map { time in
            (try? session()).flatMap { rules.nextDue(in: $0, after: at(time)) }
        }
        #expect(times == [at("09T15:00"), at("10T14:45"), at("10T17:00"), nil])
    }

    @Test func wordingIsNoPartOfTheRulesDigest() {
        let reworded = RuleTable(
            job: "test",
            rules: table.rules.map { Rule(when: $0.when, audience: $0.audience, channel: $0.channel, template: "new") })
        #expect(reworded.digest == table.digest)
        #expect(World("registered").table.digest != table.digest)
    }
}
