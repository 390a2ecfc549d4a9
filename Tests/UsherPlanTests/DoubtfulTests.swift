import Testing
import UsherModel
import UsherPlan

@Suite("what may have arrived counts as told, whatever became of it")
struct DoubtfulTests {
    struct End: CustomTestStringConvertible, Sendable {
        let state: DeliveryState
        var reason: SkipReason?
        var testDescription: String { reason.map { "skipped: \($0.rawValue)" } ?? state.rawValue }
    }

    /// How an invitation that may have arrived ends; pending and claimed while it is to be sent again.
    static let ends: [End] = [
        End(state: .sent), End(state: .inDoubt), End(state: .wire), End(state: .failed),
        End(state: .skipped, reason: .canceled), End(state: .skipped, reason: .expired),
        End(state: .skipped, reason: .superseded), End(state: .skipped, reason: .suppressed),
    ]

    private func invited(_ end: End) throws -> World {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")], down: true)
        world.end(
            try #require(world.newest("registered")), as: end.state, end.reason, isTold: true, now: at("01T00:00"))
        return world
    }

    @Test(arguments: ends) func theCancellationOfTheSessionFollows(_ end: End) throws {
        var world = try invited(end)
        #expect(try world.run("02T00:00", [session()], [person("ada")]) == [])
        #expect(
            try world.run("03T00:00", [session(status: .canceled)], [person("ada")]) == ["ada: canceled sent"])
        #expect(try world.run("04T00:00", [session(status: .canceled)], [person("ada")]) == [])
    }

    @Test(arguments: ends) func theCancellationOfTheSeatFollows(_ end: End) throws {
        var world = try invited(end)
        #expect(try world.run("03T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
        #expect(try world.run("04T00:00", [session()], [person("ada", .canceled)]) == [])
        #expect(try world.run("05T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
    }

    @Test(arguments: ends) func aChangeFollows(_ end: End) throws {
        var world = try invited(end)
        #expect(try world.run("03T00:00", [session("11T15:00")], [person("ada")]) == ["ada: changed sent"])
        #expect(try world.run("04T00:00", [session("11T15:00")], [person("ada")]) == [])
    }

    @Test(arguments: [DeliveryState.pending, .claimed])
    func whatIsToBeSentAgainGivesWayToTheCancellation(_ state: DeliveryState) throws {
        var world = try invited(End(state: state))
        let lines = try world.run("03T00:00", [session()], [person("ada", .canceled)])
        #expect(lines.contains("ada: canceled sent"), "\(lines)")
        #expect(!lines.contains("ada: registered sent"), "\(lines)")
    }

    @Test func aCancellationThatMayHaveArrivedIsFollowedByANewInvitation() throws {
        var world = try invited(End(state: .sent))
        _ = try world.run("02T00:00", [session()], [person("ada", .canceled)], down: true)
        world.end(try #require(world.newest("canceled")), as: .pending, isTold: true, now: at("02T00:00"))
        #expect(
            try world.run("03T00:00", [session()], [person("ada")], down: true)
                == ["ada: canceled skipped: superseded", "ada: registered pending"])
        #expect(try world.run("04T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("05T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
    }

    // MARK: What was withdrawn

    @Test func whoeverGivesUpTheirSeatAfterACancellationThatWasWithdrawnIsToldSo() throws {
        let off = try session(status: .canceled)
        for isAtOnce in [true, false] {
            var world = try invited(End(state: .sent))
            _ = try world.run("02T00:00", [off], [person("ada")], down: true)
            let doubtful = try #require(world.newest("canceled"))
            world.end(doubtful, as: .inDoubt, isTold: true, now: at("02T00:00"))
            #expect(try world.run("02T01:00", [off], [person("ada", .canceled)]) == [], "it is repeated first")
            world.rows[doubtful]?.state = .pending
            if isAtOnce {
                #expect(
                    try world.run("02T02:00", [session()], [person("ada", .canceled)])
                        == ["ada: canceled sent", "ada: canceled skipped: superseded"])
            } else {
                #expect(
                    try world.run("02T02:00", [session()], [person("ada")], down: true)
                        == ["ada: canceled skipped: superseded", "ada: changed pending"])
                #expect(
                    try world.run("02T03:00", [session()], [person("ada", .canceled)])
                        == ["ada: canceled sent", "ada: changed skipped: canceled"])
            }
            #expect(try world.run("03T00:00", [session()], [person("ada", .canceled)]) == [])
            #expect(try world.run("04T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        }
    }

    @Test func aSessionThatIsCanceledAgainAfterACancellationThatWasWithdrawnIsToldSo() throws {
        var world = try invited(End(state: .sent))
        _ = try world.run("02T00:00", [session(status: .canceled)], [person("ada")], down: true)
        world.end(try #require(world.newest("canceled")), as: .pending, isTold: true, now: at("02T00:00"))
        _ = try world.run("02T01:00", [session()], [person("ada")], down: true)
        #expect(
            try world.run("02T02:00", [session(status: .canceled)], [person("ada")])
                == ["ada: canceled sent", "ada: changed skipped: canceled"])
        #expect(try world.run("02T03:00", [session(status: .canceled)], [person("ada")]) == [])
    }

    @Test func aChangeThatIsMadeAgainAfterItWasWithdrawnIsTold() throws {
        var world = try invited(End(state: .sent))
        let moved = try session("11T15:00")
        _ = try world.run("02T00:00", [moved], [person("ada")], down: true)
        world.end(try #require(world.newest("changed")), as: .pending, isTold: true, now: at("02T00:00"))
        _ = try world.run("02T01:00", [session()], [person("ada")], down: true)
        #expect(try world.run("02T02:00", [moved], [person("ada")]).contains("ada: changed sent"))
        #expect(try world.run("02T03:00", [moved], [person("ada")]) == [])
    }

    @Test func aChangeThatMayHaveArrivedIsSentAgainAsLongAsItIsTrue() throws {
        var world = try invited(End(state: .sent))
        let moved = try session("11T15:00")
        _ = try world.run("02T00:00", [moved], [person("ada")], down: true)
        world.end(try #require(world.newest("changed")), as: .pending, isTold: true, now: at("02T00:00"))
        #expect(try world.run("02T01:00", [moved], [person("ada")], down: true) == [])
        // It may have told them the new time, so the old one is news.
        let lines = try world.run("03T00:00", [session()], [person("ada")])
        #expect(lines == ["ada: changed sent", "ada: changed skipped: superseded"])
        #expect(try world.run("04T00:00", [session()], [person("ada")]) == [])
    }
}
