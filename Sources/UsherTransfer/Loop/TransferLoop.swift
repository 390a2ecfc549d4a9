internal import Glibc
internal import Synchronization

/// The queue of transfers and cancellations for the loop's thread, open to every task.
final class TransferLoop: Sendable {
    /// What was submitted since the thread last looked.
    struct Requests: Sendable {
        var orders: [Order] = []
        var cancellations: [UInt64] = []
        var isClosing = false
    }

    private struct State {
        var requests = Requests()
        var lastID: UInt64 = 0
        var hasEnded = false
        var thread: pthread_t?
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let multi: MultiHandle
    private let state = Mutex(State())

    /// Starts the thread; nil where this machine has no memory or thread left.
    init?(width: Int) {
        let width = max(1, width)
        guard let multi = MultiHandle(width: width) else { return nil }
        self.multi = multi
        guard start(TransferThread(multi: multi, width: width, loop: self)) else {
            multi.close()
            return nil
        }
    }

    /// Carries out one transfer.
    ///
    /// - Parameter begin: Creates the transfer, on the loop's thread.
    /// - Returns: The value that the transfer resumes its continuation with.
    func run<Answer: Sendable>(
        _ begin: @escaping @Sendable (CheckedContinuation<Answer, Never>) -> any Transfer
    ) async -> Answer {
        let id = nextID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return begin(continuation).abandon(.canceled) }
                submit(Order(id: id) { begin(continuation) })
                // A cancellation before the order was submitted found nothing to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Refuses transfers that wait, finishes those under way, and joins the thread.
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
        // Resuming the closers was its last act, so the thread ends in a moment.
        if let thread = removeThread() { pthread_join(thread, nil) }
    }

    /// Asks the thread to end when no transfer is under way, and does not wait for it.
    func abandonThread() {
        state.withLock { requestEnd(&$0) }
        if let thread = removeThread() { pthread_detach(thread) }
    }

    /// Removes and returns what was submitted since the last call; called by the loop's thread.
    func nextRequests() -> Requests {
        state.withLock { state in
            defer { state.requests = Requests(isClosing: state.requests.isClosing) }
            return state.requests
        }
    }

    /// Closes the queue for good and returns what was still in it; from now on the thread is not woken.
    func end() -> Requests {
        state.withLock { state in
            state.hasEnded = true
            defer { state.requests = Requests(isClosing: true) }
            return state.requests
        }
    }

    /// Resumes all who wait in ``close()``; the thread's last act.
    func resumeClosers() {
        let closers = state.withLock { state in
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    private func nextID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    private func submit(_ order: Order) {
        let isAccepted = state.withLock { state in
            guard !state.requests.isClosing, !state.hasEnded else { return false }
            state.requests.orders.append(order)
            multi.wake()
            return true
        }
        if !isAccepted { order.begin().abandon(.closed) }
    }

    private func cancel(_ id: UInt64) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.requests.cancellations.append(id)
            multi.wake()
        }
    }

    private func requestEnd(_ state: inout State) {
        guard !state.hasEnded else { return }
        state.requests.isClosing = true
        multi.wake()
    }

    private func removeThread() -> pthread_t? {
        state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
    }

    private func start(_ thread: TransferThread) -> Bool {
        let context = Unmanaged.passRetained(thread)
        var identity = pthread_t()
        let code = pthread_create(
            &identity, nil,
            { context in
                if let context { Unmanaged<TransferThread>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            return false
        }
        state.withLock { $0.thread = identity }
        return true
    }
}
