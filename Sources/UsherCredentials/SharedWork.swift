internal import Synchronization

/// Work that many want at the same time and that is done once.
///
/// The first who asks for it does it, in their own task, so that canceling the task ends the work; the others wait for the result. If the
/// first one is canceled, one of those who wait begins anew.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value?, Never>

    private struct State {
        /// Those who wait for a work under way, by its key.
        var waiters: [Key: [Int: Waiter]] = [:]
        var lastID = 0
    }

    private let state = Mutex(State())

    /// Does the work, or waits for someone who is doing it.
    ///
    /// - Returns: Its result; nil where this task is canceled before there is one.
    func value(of key: Key, _ work: () async -> Value) async -> Value? {
        while !Task.isCancelled {
            if begins(key) {
                let value = await work()
                end(key, Task.isCancelled ? nil : value)
                return value
            }
            if let value = await wait(for: key) { return value }
        }
        return nil
    }

    private func begins(_ key: Key) -> Bool {
        state.withLock { state in
            guard state.waiters[key] == nil else { return false }
            state.waiters[key] = [:]
            return true
        }
    }

    private func end(_ key: Key, _ value: Value?) {
        let waiters = state.withLock { $0.waiters.removeValue(forKey: key) } ?? [:]
        for waiter in waiters.values { waiter.resume(returning: value) }
    }

    private func wait(for key: Key) async -> Value? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isWaiting = state.withLock { state in
                    guard !Task.isCancelled, state.waiters[key] != nil else { return false }
                    state.waiters[key]?[id] = waiter
                    return true
                }
                guard isWaiting else { return waiter.resume(returning: nil) }
                // A cancellation before the waiter was noted found nothing to end.
                if Task.isCancelled { leave(key, id) }
            }
        } onCancel: {
            leave(key, id)
        }
    }

    private func leave(_ key: Key, _ id: Int) {
        let waiter = state.withLock { $0.waiters[key]?.removeValue(forKey: id) }
        waiter?.resume(returning: nil)
    }
}
