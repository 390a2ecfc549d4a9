import Testing
import UsherModel
import UsherPlan

@Suite("a session that is no longer listed")
struct VanishTests {
    private let people: [Attendee]

    init() throws { people = [try person("ada")] }

    private func two() throws -> [Session] { [try session(), try session("11T15:00", id: "s2")] }

    @Test func isCancelledOnlyWhenItIsGoneInTwoRunsInARow() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", two(), people)
        #expect(try world.run("02T00:00", [session()], people) == [])
        #expect(try world.run("02T00:00", [session()], people) == [], "the same instant is the same run")
        #expect(try world.run("02T01:00", [session()], people) == ["ada: canceled sent"])
        #expect(try world.run("02T02:00", [session()], people) == [])
    }

    @Test func aLookThatProvedNothingStartsTheCountAnew() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", two(), people)
        _ = try world.run("02T00:00", [session()], people)
        #expect(try world.run("02T01:00", [session()], people, probe: .unknown(nil)) == [])
        #expect(try world.run("02T02:00", [session()], people) == [])
        #expect(try world.run("02T03:00", [session()], people) == ["ada: canceled sent"])
    }

    @Test func aPartialListingProvesNothing() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", two(), people)
        for hour in 1...5 { #expect(try world.run("02T0\(hour):00", [session()], people, complete: false) == []) }
    }

    @Test func aDirectLookThatFindsItKeepsItAndSeesItsChange() throws {
        var world = World("registered", "canceled", "changed")
        _ = try world.run("01T00:00", two(), people)
        let moved = try session("12T15:00", id: "s2")
        #expect(try world.run("02T00:00", [session()], people, probe: .present(moved)) == ["ada: changed sent"])
    }

    @Test func whatComesBackIsRestored() throws {
        var world = World("registered", "canceled", "changed")
        _ = try world.run("01T00:00", two(), people)
        _ = try world.run("02T00:00", [session()], people)
        _ = try world.run("03T00:00", [session()], people)
        #expect(try world.run("04T00:00", two(), people) == ["ada: changed sent"])
    }

    @Test(arguments: [
        (1, 10, false), (2, 10, false), (3, 10, true), (1, 1, true), (1, 2, false), (1, 4, false), (2, 4, true),
        (10, 10, true),
    ])
    func tooManyAtOnceTripTheGuard(gone: Int, of count: Int, trips: Bool) throws {
        let all = try (1...count).map { try session("10T15:00", id: "s\($0)") }
        var world = World("registered")
        _ = world.run("01T00:00", all)
        let listing = Listing(sessions: Array(all.dropFirst(gone)), problems: [], isComplete: true)
        let now = at("02T00:00")
        let missing = Reconcile.missing(from: listing, known: world.known, window: window(now), now: now)
        let finding = VanishGuard.check(
            missing: missing, listing: listing, known: world.known, fraction: 0.2, window: window(now), now: now)
        #expect(missing.count == gone)
        #expect((finding != nil) == trips)
        #expect(finding?.vanished.count == (trips ? gone : nil))
        #expect(finding?.isEmptied == (trips ? gone == count : nil))
    }

    private func check(_ world: World, _ sessions: [Session]) -> VanishGuard? {
        let listing = Listing(sessions: sessions, problems: [], isComplete: true)
        let now = at("02T00:00")
        let missing = Reconcile.missing(from: listing, known: world.known, window: window(now), now: now)
        return VanishGuard.check(
            missing: missing, listing: listing, known: world.known, fraction: 0.2, window: window(now), now: now)
    }

    @Test func oneThatIsMadeAnewAtAnotherTimeTripsNothingAndOneWithAnotherIdDoes() throws {
        var world = World("registered")
        _ = try world.run("01T00:00", [session()])
        for anew in [try session("11T15:00", id: "s9"), try session(id: "s9", subject: "Something else")] {
            #expect(check(world, [anew]) == nil)
        }
        let renamed = check(world, [try session(id: "s9"), try session("12T15:00", id: "s8")])
        #expect(renamed?.vanished.count == 1 && renamed?.appeared == 2 && renamed?.isEmptied == false)
    }

    @Test func nothingIsPlannedForWhatMayBeGone() throws {
        var world = World("24h before start", "canceled")
        let two = try two()
        _ = world.run("01T00:00", two, people)
        #expect(world.run("09T15:00", [two[1]], people) == [], "not found: no reminder")
        #expect(world.run("09T15:05", two, people) == ["ada: 24h before start sent"])
        for key in world.known.keys { world.known[key]?.isHeld = true }
        #expect(world.run("10T15:00", [], people, complete: false) == [], "a person is asked")
        #expect(world.run("10T15:05", two, people) == ["ada: 24h before start sent"])
    }

    @Test func aPartThatWasNotReadDoesNotMakeTheRestLookEmptied() throws {
        var world = World("registered")
        let all = try two()
        _ = world.run("01T00:00", all)
        let now = at("02T00:00")
        var listing = Listing(sessions: [], problems: [], isComplete: true)
        let emptied = VanishGuard.check(
            missing: [all[0].key], listing: listing, known: world.known, fraction: 0.2, window: window(now), now: now)
        #expect(emptied?.isEmptied == true)
        listing.gaps = [.session(all[1].key)]
        #expect(
            VanishGuard.check(
                missing: [all[0].key], listing: listing, known: world.known, fraction: 0.2, window: window(now),
                now: now)
                == nil)
    }

    @Test func aSourceThatListsNothingOnAFirstRunTripsNothing() {
        let listing = Listing(sessions: [], problems: [], isComplete: true)
        let now = at("01T00:00")
        #expect(Reconcile.missing(from: listing, known: [:], window: window(now), now: now) == [])
    }

    @Test func aSessionWhoseRecordWasRefusedHasNotVanished() throws {
        var world = World("registered")
        _ = try world.run("01T00:00", two())
        let key = try session("11T15:00", id: "s2").key
        let problem = RecordProblem(location: "a.json:3", problem: "end before start", effect: .refused, session: key)
        let listing = Listing(sessions: [try session()], problems: [problem], isComplete: true)
        let now = at("02T00:00")
        #expect(Reconcile.missing(from: listing, known: world.known, window: window(now), now: now) == [])
    }

    @Test func sessionsThatAreOverOrOutOfTheWindowHaveNotVanished() throws {
        var world = World("registered")
        _ = try world.run("01T00:00", two())
        let now = at("10T16:00")
        let listing = Listing(sessions: [], problems: [], isComplete: true)
        let narrow = Window(from: now, until: now + .seconds(3600))
        #expect(Reconcile.missing(from: listing, known: world.known, window: narrow, now: now) == [])
    }
}
