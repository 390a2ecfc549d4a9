import GRDB
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

@Suite("every order of two runs, their crashes and one counterpart")
struct ModelTests {
    @Test(arguments: DeliveryModel.Policy.allCases)
    func sendsNothingTwiceAndLosesNothing(_ policy: DeliveryModel.Policy) {
        let search = ModelSearch(DeliveryModel(policy))
        let found = search.violation.map { "\($0.reason): \(search.path(to: $0.state))" }
        #expect(found == nil)
        #expect(search.ways.count > 500, "only \(search.ways.count) states")
    }

    @Test(arguments: [
        (DeliveryModel.Mistake.markAfterSending, "sent twice"), (.wireWaitsAgain, "sent twice"),
        (.markOfAnotherRun, "sent twice"),
        (.settleBeforeSending, "lost: sent by the ledger, and never arrived"),
        (.markWhenExpired, "late: marked after it expired"), (.forgetDoubt, "arrived, and counts as not told"),
    ])
    func findsAMistakeWhereOneIsMade(_ mistake: DeliveryModel.Mistake, _ reason: String) {
        let policy: DeliveryModel.Policy = mistake == .forgetDoubt ? .sameID : .hold
        let search = ModelSearch(DeliveryModel(policy, mistake), lookingFor: reason)
        #expect(search.violation?.reason == reason)
    }

    @Test func changesARowExactlyAsTheSchemaAllows() {
        let model = DeliveryModel.Policy.allCases.map { ModelSearch(DeliveryModel($0)).changes }
            .reduce(into: Set<[DeliveryState]>()) { $0.formUnion($1) }
        // A person gives a failed delivery another chance: that is no step of a run.
        let others: Set<[DeliveryState]> = [[.failed, .pending]]
        #expect(model.union(others) == Set(Schema.transitions.map { [$0.0, $0.1] }))
        #expect(model.isDisjoint(with: others))
    }

    /// Each kind of step, out of each state of the row, by a shortest path: the real ledger must come to the same.
    @Test(arguments: DeliveryModel.Policy.allCases)
    func doesWhatTheLedgerDoes(_ policy: DeliveryModel.Policy) async throws {
        let model = DeliveryModel(policy)
        let search = ModelSearch(model)
        #expect(search.samples.count > 50)
        for (_, sample) in search.samples.sorted(by: { $0.key < $1.key }) {
            let path = search.path(to: sample.from) + [sample.step]
            let stage = try await LedgerStage()
            var state = DeliveryModel.State()
            for step in path {
                try await stage.take(step)
                let next = try #require(model.moves(from: state).first { $0.0 == step }).1
                state = next
                #expect(try stage.row() == state.row, "\(path), at \(step)")
                #expect(try stage.isTold() == (state.mark > 0 || state.isDoubted), "\(path), at \(step)")
            }
        }
    }
}

/// The model's steps, taken on a real ledger.
private final class LedgerStage {
    private let fixture: LedgerFixture
    private var owners = [0, 2]
    /// The time of the run, before or after the delivery's expiry.
    private var now: Instant
    private var dead: Set<String> = []
    private var claims: [Int: Claim] = [:]
    private var wired: [Int: Wired] = [:]
    private var fates: [Int: DeliveryModel.Fate] = [:]

    init() async throws {
        fixture = try await LedgerFixture()
        now = fixture.now
        try await fixture.enrol(["ada"])
    }

    /// Whether the planner would count the delivery as told.
    func isTold() throws -> Bool? {
        try fixture.raw {
            try Bool.fetchOne($0, sql: "SELECT coalesce(told_order, doubted_order) IS NOT NULL FROM delivery")
        }
    }

    func row() throws -> DeliveryState? {
        try fixture.raw { try String.fetchOne($0, sql: "SELECT state FROM delivery") }.flatMap {
            DeliveryState(rawValue: $0)
        }
    }

    private func name(_ run: Int) -> String { "run \(owners[run])" }

    func take(_ step: DeliveryModel.Step) async throws {
        switch step {
        case .claim(let run): claims[run] = try await fixture.claim(by: name(run), at: now).first
        case .refuse(let run): try await finish(claims[run].map { .failed($0, Self.refusal) })
        case .release(let run): try await finish(claims[run].map { .released($0) })
        case .wire(let run): try await wire(run)
        case .send(let run, let fate): fates[run] = fate
        case .finish(let run): try await finish(outcome(run))
        case .recover:
            _ = try await fixture.ledger.recover(job: "t", clock: fixture.now, now: now) { [dead] in
                !dead.contains($0.rawValue)
            }
        case .resend:
            let doubts = try await fixture.ledger.doubts(job: "t", channel: fixture.mail, limit: 1)
            _ = try await fixture.ledger.resolveDoubt(try #require(doubts.first).key, as: .repeated, now: now)
        case .crash(let run):
            dead.insert(name(run))
            owners[run] += 1
            (claims[run], wired[run], fates[run]) = (nil, nil, nil)
        case .clockJumps: now = now == fixture.now ? fixture.now + .seconds(49 * 3600) : fixture.now
        case .leaseEnds(let run):
            try fixture.raw { [name = name(run)] db in
                try db.execute(sql: "UPDATE delivery SET lease_until = 1 WHERE owner = ?", arguments: [name])
            }
        }
    }

    private static let refusal = Refusal(.delivery, "no")

    private func wire(_ run: Int) async throws {
        let claim = try #require(claims[run])
        switch try await fixture.ledger.wire([claim], clock: now)[0] {
        case .success(let mark): wired[run] = mark
        case .failure(let error): #expect([.leaseLost, .noLongerDue].contains(error.code))
        }
    }

    private func outcome(_ run: Int) -> DeliveryOutcome? {
        guard let mark = wired[run], let fate = fates[run] else { return nil }
        return switch fate {
        case .answered: .sent(mark, Evidence("ok"))
        case .unanswered, .lost: .inDoubt(mark, Evidence("silence"))
        case .putOff: .retryOnWire(mark, Self.refusal, notBefore: fixture.now)
        case .refused: .failedOnWire(mark, Self.refusal)
        }
    }

    private func finish(_ outcome: DeliveryOutcome?) async throws {
        try await fixture.ledger.finish([try #require(outcome)], now: fixture.now)
    }
}
