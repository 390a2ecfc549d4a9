internal import Glibc
internal import Synchronization

/// What tasks, and the threads that connect, ask of a mail client's thread.
enum MailOrder: Sendable {
    /// Send a message.
    case send(MailJob)
    /// Send the message's final dot, or end the dialogue without it.
    case decide(MailJob, Bool)
    /// Stop waiting for the server.
    case abandon(MailJob)
    /// A thread has opened a connection for the dialogue with this index, or failed to.
    case connected(Int, Result<MailLink, MailRefusal>)
    /// Close idle connections at once, and the others when their messages have ended.
    case end
}

/// The queue of orders to a mail client's thread, open to every task.
final class MailLoop: Sendable {
    private struct State {
        var orders: [MailOrder] = []
        var isAsleep = false
        var isEnding = false
        var hasEnded = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    /// The ends of a pipe: an octet in it wakes the thread.
    private let wakePipe: (output: Int32, input: Int32)

    /// Starts the thread; nil where this machine has no thread or descriptor left.
    init?(_ options: MailTransferOptions) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        wakePipe = (ends[0], ends[1])
        for end in ends where fcntl(end, F_SETFD, FD_CLOEXEC) < 0 || fcntl(end, F_SETFL, O_NONBLOCK) < 0 { return nil }
        guard start(options) else { return nil }
    }

    deinit {
        Glibc.close(wakePipe.output)
        Glibc.close(wakePipe.input)
    }

    /// Submits an order; `false` where the thread accepts no more.
    @discardableResult
    func submit(_ order: MailOrder) -> Bool {
        let isAccepted = state.withLock { state in
            if case .send = order, state.isEnding { return false }
            guard !state.hasEnded else { return false }
            state.orders.append(order)
            wake(&state)
            return true
        }
        if !isAccepted, case .connected(_, .success(let link)) = order { link.connection.close() }
        return isAccepted
    }

    /// Finishes the messages under way, then closes all connections with QUIT.
    func close() async {
        await withCheckedContinuation { closer in
            let hasEnded = state.withLock { state in
                guard !state.hasEnded else { return true }
                state.closers.append(closer)
                requestEnd(&state)
                return false
            }
            if hasEnded { closer.resume() }
        }
    }

    /// The same, without waiting for it.
    func abandon() { state.withLock { requestEnd(&$0) } }

    private func requestEnd(_ state: inout State) {
        guard !state.isEnding, !state.hasEnded else { return }
        state.isEnding = true
        state.orders.append(.end)
        wake(&state)
    }

    private func wake(_ state: inout State) {
        guard state.isAsleep else { return }
        state.isAsleep = false
        var octet: UInt8 = 0
        write(wakePipe.input, &octet, 1)
    }

    // MARK: For the thread

    /// Removes and returns the orders submitted since the last call.
    func nextOrders() -> [MailOrder] {
        state.withLock { state in
            defer { state.orders.removeAll() }
            return state.orders
        }
    }

    /// Returns whether there is nothing to do; whoever submits an order from now on wakes the thread.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.orders.isEmpty
            return state.isAsleep
        }
    }

    /// The thread is awake again.
    func wakeUp(readsPipe: Bool) {
        state.withLock { $0.isAsleep = false }
        guard readsPipe else { return }
        var octets: UInt64 = 0
        read(wakePipe.output, &octets, MemoryLayout<UInt64>.size)
    }

    private func end() {
        let closers = state.withLock { state in
            state.hasEnded = true
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func start(_ options: MailTransferOptions) -> Bool {
        OwnThread.start { [self] in
            MailThread(options, self, wakePipe: wakePipe.output).run()
            end()
        }
    }
}
