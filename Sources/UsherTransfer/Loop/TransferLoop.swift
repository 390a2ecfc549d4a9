internal import Glibc
internal import Synchronization

/// The way to the loop's thread: a mailbox for orders and cancellations, open to every task.
final class TransferLoop: Sendable {
    /// What came since the thread last looked.
    struct Mail: Sendable {
        var orders: [Order] = []
        var cancellations: [UInt64] = []
        var isClosing = false
    }

    private struct State {
        var mail = Mail()
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
    /// - Parameter begin: Makes the transfer, on the loop's thread.
    /// - Returns: What the transfer gives to its continuation.
    func run<Answer: Sendable>(
        _ begin: @escaping @Sendable (CheckedContinuation<Answer, Never>) -> any Transfer
    ) async -> Answer {
        let id = nextID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return begin(continuation).abandon(.canceled) }
                submit(Order(id: id) { begin(continuation) })
                // A cancellation before the order was known to the thread found nothing to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Refuses what waits, lets what is under way come to its end, and joins the thread.
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
        // Its last act was to resume the closers, so the thread is gone in a moment.
        if let thread = takeThread() { pthread_join(thread, nil) }
    }

    /// Asks the thread to end when nothing is under way, and does not wait for it.
    func abandonThread() {
        state.withLock { requestEnd(&$0) }
        if let thread = takeThread() { pthread_detach(thread) }
    }

    /// What came since the last call; on the loop's thread.
    func takeMail() -> Mail {
        state.withLock { state in
            defer { state.mail = Mail(isClosing: state.mail.isClosing) }
            return state.mail
        }
    }

    /// Closes the mailbox for good and returns what was still in it; the thread wakes no more from here on.
    func end() -> Mail {
        state.withLock { state in
            state.hasEnded = true
            defer { state.mail = Mail(isClosing: true) }
            return state.mail
        }
    }

    /// Tells all who wait in ``close()``; the thread's last act.
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
        let isTaken = state.withLock { state in
            guard !state.mail.isClosing, !state.hasEnded else { return false }
            state.mail.orders.append(order)
            multi.wake()
            return true
        }
        if !isTaken { order.begin().abandon(.closed) }
    }

    private func cancel(_ id: UInt64) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.mail.cancellations.append(id)
            multi.wake()
        }
    }

    private func requestEnd(_ state: inout State) {
        guard !state.hasEnded else { return }
        state.mail.isClosing = true
        multi.wake()
    }

    private func takeThread() -> pthread_t? {
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
