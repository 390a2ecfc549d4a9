internal import Glibc
internal import Synchronization

/// What tasks, and threads that connect, want of a mail client's thread.
enum MailOrder: Sendable {
    /// A message is to be carried.
    case carry(MailJob)
    /// Whether its final dot may leave.
    case decide(MailJob, Bool)
    /// It is waited for no longer.
    case giveUp(MailJob)
    /// A connection was made for the dialogue of this index, or not.
    case connected(Int, Result<MailLink, MailRefusal>)
    /// Ends what is idle at once, and all else in its time.
    case end
}

/// The way to a mail client's thread: a mailbox for orders, open to every task.
final class MailLoop: Sendable {
    private struct State {
        var orders: [MailOrder] = []
        var isAsleep = false
        var isEnding = false
        var isOver = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    /// The ends of a pipe: an octet in it wakes the thread where it sleeps.
    private let alarm: (heard: Int32, rung: Int32)

    /// Starts the thread; nil where this machine has no thread or descriptor left.
    init?(_ options: MailTransferOptions) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        alarm = (ends[0], ends[1])
        for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) < 0 || fcntl(end, F_SETFL, O_NONBLOCK) < 0 { return nil }
        guard start(options) else { return nil }
    }

    deinit {
        Glibc.close(alarm.heard)
        Glibc.close(alarm.rung)
    }

    /// Gives an order; `false` where the thread takes none any more.
    @discardableResult
    func give(_ order: MailOrder) -> Bool {
        let isTaken = state.withLock { state in
            if case .carry = order, state.isEnding { return false }
            guard !state.isOver else { return false }
            state.orders.append(order)
            ring(&state)
            return true
        }
        if !isTaken, case .connected(_, .success(let link)) = order { link.close() }
        return isTaken
    }

    /// Ends all connections, with QUIT, once what is under way has come to its end.
    func close() async {
        await withCheckedContinuation { closer in
            let isOver = state.withLock { state in
                guard !state.isOver else { return true }
                state.closers.append(closer)
                requestEnd(&state)
                return false
            }
            if isOver { closer.resume() }
        }
    }

    /// The same, without waiting for it.
    func abandon() { state.withLock { requestEnd(&$0) } }

    private func requestEnd(_ state: inout State) {
        guard !state.isEnding, !state.isOver else { return }
        state.isEnding = true
        state.orders.append(.end)
        ring(&state)
    }

    private func ring(_ state: inout State) {
        guard state.isAsleep else { return }
        state.isAsleep = false
        var octet: UInt8 = 0
        write(alarm.rung, &octet, 1)
    }

    // MARK: For the thread

    /// What came since the last call.
    func takeOrders() -> [MailOrder] {
        state.withLock { state in
            defer { state.orders.removeAll() }
            return state.orders
        }
    }

    /// Whether there is nothing to do; whoever gives an order from now on wakes the thread.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.orders.isEmpty
            return state.isAsleep
        }
    }

    /// The thread is awake.
    func wakeUp(isRung: Bool) {
        state.withLock { $0.isAsleep = false }
        guard isRung else { return }
        var octets: UInt64 = 0
        read(alarm.heard, &octets, MemoryLayout<UInt64>.size)
    }

    private func end() {
        let closers = state.withLock { state in
            state.isOver = true
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func start(_ options: MailTransferOptions) -> Bool {
        OwnThread.start { [self] in
            MailThread(options, self, alarm: alarm.heard).run()
            end()
        }
    }
}
