internal import Synchronization

/// Limits the number of deliveries that use a channel's connections at once, until it is closed.
///
/// A message is rendered before it acquires a connection, and its outcome is recorded after it released it: no connection waits for either.
final class ConnectionGate: Sendable {
    private let state: Mutex<State>

    private struct State {
        var free: Int
        var isClosed = false
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    init(width: Int) { state = Mutex(State(free: max(1, width))) }

    /// Waits for a connection.
    ///
    /// - Returns: `false` where the gate is closed; the caller then has no connection and must not release one.
    func acquire() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isClosed { return false }
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return nil
                }
                state.free -= 1
                return true
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Passes a connection on to the next one that waits, or frees it.
    func release() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: true)
    }

    /// Makes every ``acquire()`` return `false` from now on, including those that are waiting.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: false) }
    }
}
