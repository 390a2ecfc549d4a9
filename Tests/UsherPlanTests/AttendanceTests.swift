import Testing
import UsherModel
import UsherPlan

@Suite("who came and who did not")
struct AttendanceTests {
    private func rule(
        _ audience: Audience, attendedFor: Duration = .zero, needsRecording: Bool = false,
        late: Duration = .seconds(7200)
    ) -> Rule {
        Rule(
            when: .offset(Offset(.seconds(3600), .after, .end)), audience: audience, channel: mail, template: "t",
            grace: late, attendedFor: attendedFor, needsRecording: needsRecording)
    }

    /// The plan for a person who was present for so many seconds; nil means that there is no report yet.
    private func plan(
        _ rules: [Rule], seconds: Int?, recording: String? = nil, now: String = "10T17:30"
    ) throws -> [String] {
        var session = try session()
        session.onDemandURL = try recording.map { try JoinURL($0) }
        let memory = SessionMemory(
            session: session, revision: 0, revisedAt: at("01T00:00"), firstSeenAt: at("01T00:00"))
        let registration = Candidate.Registration(
            attendee: try person("ann"), firstSeenAt: at("01T00:00"), isListed: true)
        var candidate = Candidate(
            recipient: .person(registration.attendee.address), registrations: [registration], isSuppressed: false)
        candidate.attendedSeconds = seconds
        let planner = SessionPlanner(table: RuleTable(job: "test", rules: rules), memory: memory, now: at(now))
        return planner.plan(candidate, rules: rules, list: RosterID(session.key.event), remembered: []).deliveries.map {
            "\($0.rule.rawValue.split(separator: "/")[1]): \($0.outcome)"
        }
    }

    @Test(
        arguments: [
            (3600, ["attended: send"]), (600, ["attended: send"]), (599, ["absent: send"]), (0, ["absent: send"]),
        ] as [(Int, [String])])
    func eachGetsTheOneThatConcernsThem(_ seconds: Int, _ expected: [String]) throws {
        let rules = [rule(.attended, attendedFor: .seconds(600)), rule(.absent, attendedFor: .seconds(600))]
        #expect(try plan(rules, seconds: seconds) == expected)
    }

    @Test func whoWasThereAtAllCameWhereNoTimeIsStated() throws {
        #expect(try plan([rule(.attended), rule(.absent)], seconds: 1) == ["attended: send"])
    }

    @Test func withoutAReportNoOneIsToldAnythingAndInTheEndThatIsRecorded() throws {
        let rules = [rule(.attended), rule(.absent)]
        #expect(try plan(rules, seconds: nil) == [])
        let ended = try plan(rules, seconds: nil, now: "10T19:00")
        #expect(
            ended == ["attended: skip(UsherModel.SkipReason.expired)", "absent: skip(UsherModel.SkipReason.expired)"])
    }

    @Test func whatWaitsForTheRecordingGoesWithItAndNotBefore() throws {
        let rules = [rule(.absent, needsRecording: true, late: .seconds(86_400))]
        #expect(try plan(rules, seconds: 0) == [])
        #expect(try plan(rules, seconds: 0, recording: "https://teams.microsoft.com/v") == ["absent: send"])
        #expect(try plan(rules, seconds: 0, now: "12T00:00") == ["absent: skip(UsherModel.SkipReason.expired)"])
    }

    @Test func theEndOfTheWaitIsLookedAtOnceMore() throws {
        let table = RuleTable(job: "test", rules: [rule(.absent)])
        let session = try session()
        #expect(table.nextDue(in: session, after: at("10T16:00")) == at("10T17:00"))
        #expect(table.nextDue(in: session, after: at("10T17:00")) == at("10T19:00"))
        #expect(table.nextDue(in: session, after: at("10T19:00")) == nil)
    }

    @Test func reportsAreAskedForOnlyWhileARuleCouldUseThem() throws {
        let session = try session()
        let table = RuleTable(job: "test", rules: [rule(.attended)])
        let times = ["10T15:30", "10T16:59", "10T17:00", "10T18:59", "10T19:00"]
        #expect(times.map { table.needsAttendance(of: session, at: at($0)) } == [false, false, true, true, false])
        let other = RuleTable(job: "test", rules: [rule(.attendees)])
        #expect(!times.contains { other.needsAttendance(of: session, at: at($0)) })
    }
}
