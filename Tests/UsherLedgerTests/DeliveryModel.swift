import UsherModel

/// One delivery that expires, two runs that may each die once and fall asleep at any time, a clock that jumps over the expiry and back, and a
/// counterpart: every order in which their steps can fall.
///
/// The steps are those of the ledger's calls, and what each does to the row is written down here a second time, by hand. Tests hold the two
/// together: by the schema's table of transitions, and by taking the same steps on a real ledger.
struct DeliveryModel {
    /// What the channel allows with a doubt.
    enum Policy: CaseIterable { case hold, sameID }

    /// A mistake that the search must find.
    enum Mistake: CaseIterable {
        case markAfterSending, markOfAnotherRun, wireWaitsAgain, settleBeforeSending, markWhenExpired, forgetDoubt
    }

    /// What becomes of a message that left.
    enum Fate: Hashable, CaseIterable { case answered, unanswered, lost, putOff, refused }

    /// A step of a run, 0 or 1.
    enum Step: Hashable {
        case claim(Int), refuse(Int), release(Int), wire(Int), send(Int, Fate), finish(Int), recover(Int), resend(Int)
        case crash(Int), leaseEnds(Int), clockJumps
    }

    /// What a run has in hand.
    enum Hand: Hashable { case idle, claimed, wired(Int), sent(Int, Fate), unmarked(Fate) }

    /// A run: after a crash it comes back as another owner.
    struct Run: Hashable {
        var owner: Int
        var hand = Hand.idle
        var crashes = 1
    }

    /// All there is.
    struct State: Hashable {
        var row = DeliveryState.pending
        var owner: Int?
        /// The mark that the row holds; 0 for none.
        var mark = 0
        var marks = 0
        var claims = 0
        var arrived = 0
        var runs = [Run(owner: 0), Run(owner: 2)]
        var dead: Set<Int> = []
        var ended: Set<Int> = []
        /// Whether the delivery has expired by the clock.
        var isExpired = false
        /// How often the clock may still jump over the expiry, or back.
        var jumps = 2
        /// The marks that were set after the expiry.
        var lateMarks: Set<Int> = []
        /// Whether something left under one of them.
        var isLate = false
        /// Whether the row remembers that it may have arrived, although it has no mark.
        var isDoubted = false
    }

    let policy: Policy
    var mistake: Mistake?
    /// Claims of one path; enough for two crashes, a doubt and a retry.
    private let mostClaims = 4

    init(_ policy: Policy, _ mistake: Mistake? = nil) {
        (self.policy, self.mistake) = (policy, mistake)
    }

    /// What can happen next, and what is then.
    func moves(from state: State) -> [(Step, State)] {
        state.runs.indices.flatMap { run in
            let own: [(Step, State)] =
                switch state.runs[run].hand {
                case .idle: idle(run, state)
                case .claimed: claimed(run, state)
                case .wired(let mark): Fate.allCases.compactMap { send(run, $0, .sent(mark, $0), state) }
                case .unmarked(let fate): [(.wire(run), wired(run, .sent(state.marks + 1, fate), state))]
                case .sent(let mark, let fate): [(.finish(run), finished(run, mark, fate, state))]
                }
            return own + accidents(run, state)
        }
    }

    /// Why a state must not be; nil where it may.
    func violation(in state: State) -> String? {
        if policy == .hold, state.arrived > 1 { return "sent twice" }
        if state.isLate { return "late: marked after it expired" }
        if state.arrived > 0, state.mark == 0, !state.isDoubted { return "arrived, and counts as not told" }
        if state.row == .sent, state.arrived == 0 { return "lost: sent by the ledger, and never arrived" }
        // Under one id, a run that slept may still deliver what the receiver refused another: it has it once, and no one sends it again.
        if policy == .hold, state.row == .failed, state.arrived > 0 { return "failed by the ledger, and arrived" }
        let goesOn = moves(from: state).contains { step, _ in
            switch step {
            case .crash, .leaseEnds, .clockJumps: false
            case .claim, .refuse, .release, .wire, .send, .finish, .recover, .resend: true
            }
        }
        return goesOn || state.row.isFinal || state.claims == mostClaims ? nil : "lost: waits for ever as \(state.row)"
    }

    // MARK: Steps

    private func idle(_ run: Int, _ state: State) -> [(Step, State)] {
        var next = state
        switch state.row {
        case .pending where state.isExpired:
            next.row = .skipped
            return [(.claim(run), next)]
        case .pending where state.claims < mostClaims:
            (next.row, next.owner, next.claims) = (.claimed, state.runs[run].owner, state.claims + 1)
            next.runs[run].hand = .claimed
            next.ended.remove(state.runs[run].owner)
            return [(.claim(run), next)]
        case .claimed, .wire:
            guard let owner = state.owner, owner != state.runs[run].owner,
                state.dead.contains(owner) || state.ended.contains(owner)
            else { return [] }
            let isCertain = state.row == .claimed || mistake == .wireWaitsAgain
            (next.row, next.owner) = (isCertain ? .pending : .inDoubt, nil)
            if isCertain { next.mark = 0 }
            return [(.recover(run), next)]
        case .inDoubt where policy == .sameID:
            (next.row, next.mark, next.isDoubted) = (.pending, 0, mistake != .forgetDoubt)
            return [(.resend(run), next)]
        case .pending, .inDoubt, .sent, .failed, .skipped: return []
        }
    }

    private func claimed(_ run: Int, _ state: State) -> [(Step, State)] {
        if mistake == .markAfterSending { return Fate.allCases.compactMap { send(run, $0, .unmarked($0), state) } }
        if mistake == .settleBeforeSending {
            var next = wired(run, .wired(state.marks + 1), state)
            if next.row == .wire { (next.row, next.owner) = (.sent, nil) }
            return [(.wire(run), next)]
        }
        var back = state
        back.runs[run].hand = .idle
        var refused = back
        if isMine(run, state) {
            (back.row, back.owner) = (.pending, nil)
            (refused.row, refused.owner) = (.failed, nil)
        }
        let steps: [(Step, State)] = [(.wire(run), wired(run, .wired(state.marks + 1), state)), (.release(run), back)]
        // What was once fit to be sent is not refused by its own channel later.
        return state.arrived > 0 ? steps : steps + [(.refuse(run), refused)]
    }

    private func isMine(_ run: Int, _ state: State) -> Bool {
        mistake == .markOfAnotherRun || state.row == .claimed && state.owner == state.runs[run].owner
    }

    /// The mark; refused where the claim went to another run.
    private func wired(_ run: Int, _ hand: Hand, _ state: State) -> State {
        var next = state
        next.runs[run].hand = .idle
        next.marks += 1
        guard isMine(run, state) else { return next }
        if state.isExpired {
            guard mistake == .markWhenExpired else {
                (next.row, next.owner) = (.skipped, nil)
                return next
            }
            next.lateMarks.insert(next.marks)
        }
        (next.row, next.mark) = (.wire, next.marks)
        next.runs[run].hand = hand
        return next
    }

    /// A receiver that knows the id takes the message once, and does not refuse what it has.
    private func send(_ run: Int, _ fate: Fate, _ hand: Hand, _ state: State) -> (Step, State)? {
        var next = state
        next.runs[run].hand = hand
        if case .sent(let mark, _) = hand, state.lateMarks.contains(mark) { next.isLate = true }
        switch fate {
        case .answered, .unanswered: next.arrived = policy == .sameID ? 1 : state.arrived + 1
        case .putOff, .refused: if policy == .sameID, state.arrived > 0 { return nil }
        case .lost: break
        }
        return (.send(run, fate), next)
    }

    /// The outcome, where the row still holds this run's mark.
    private func finished(_ run: Int, _ mark: Int, _ fate: Fate, _ state: State) -> State {
        var next = state
        next.runs[run].hand = .idle
        guard state.mark == mark, state.row == .wire || state.row == .inDoubt else { return next }
        next.owner = nil
        switch fate {
        case .answered: next.row = .sent
        case .unanswered, .lost: next.row = .inDoubt
        case .putOff: (next.row, next.mark) = (.pending, 0)
        case .refused: (next.row, next.mark) = (.failed, 0)
        }
        return next
    }

    private func accidents(_ run: Int, _ state: State) -> [(Step, State)] {
        let me = state.runs[run]
        var moves: [(Step, State)] = []
        if me.crashes > 0, me.hand != .idle {
            var next = state
            next.dead.insert(me.owner)
            next.runs[run] = Run(owner: me.owner + 1, crashes: me.crashes - 1)
            moves.append((.crash(run), next))
        }
        if state.owner == me.owner, !state.ended.contains(me.owner) {
            var next = state
            next.ended.insert(me.owner)
            moves.append((.leaseEnds(run), next))
        }
        // Once for both runs: the clock is the same. What is final stays as it is.
        if run == 0, state.jumps > 0, !state.row.isFinal {
            var next = state
            (next.isExpired, next.jumps) = (!state.isExpired, state.jumps - 1)
            moves.append((.clockJumps, next))
        }
        return moves
    }
}

/// Everything that a model can come to, breadth first: the path to what is found first is a shortest one.
struct ModelSearch {
    /// How a state was first reached.
    private(set) var ways: [DeliveryModel.State: (from: DeliveryModel.State, step: DeliveryModel.Step)?] = [:]
    /// Every change of the row's state that occurs.
    private(set) var changes: Set<[DeliveryState]> = []
    /// The first step of each kind out of each state of the row.
    private(set) var samples: [String: (from: DeliveryModel.State, step: DeliveryModel.Step)] = [:]
    /// The first state that must not be, and why.
    private(set) var violation: (state: DeliveryModel.State, reason: String)?

    /// Goes through all; stops at what must not be, or only at what must not be for one reason.
    init(_ model: DeliveryModel, lookingFor wanted: String? = nil) {
        var layer = [DeliveryModel.State()]
        ways[layer[0]] = .some(nil)
        while !layer.isEmpty, violation == nil {
            var next: [DeliveryModel.State] = []
            for state in layer {
                if let reason = model.violation(in: state), wanted == nil || wanted == reason {
                    violation = (state, reason)
                    return
                }
                for (step, reached) in model.moves(from: state) {
                    if state.row != reached.row { changes.insert([state.row, reached.row]) }
                    let kind = "\(state.row) \(state.mark > 0) \(step) \(reached.row)"
                    if samples[kind] == nil { samples[kind] = (state, step) }
                    guard ways[reached] == nil else { continue }
                    ways[reached] = .some((state, step))
                    next.append(reached)
                }
            }
            layer = next
        }
    }

    /// The steps from the beginning to a state.
    func path(to state: DeliveryModel.State) -> [DeliveryModel.Step] {
        var steps: [DeliveryModel.Step] = []
        var state = state
        while let way = ways[state], let way {
            steps.append(way.step)
            state = way.from
        }
        return steps.reversed()
    }
}
