internal import Synchronization
package import UsherModel

/// A clock for tests: time passes only when the test says so, and no pause takes real time.
///
/// A pause ends when the test advances the clock to its end, or when its task is canceled. Pauses end in the order of their ends.
/// With `skippingPauses`, a pause of such a length moves the clock to its own end and returns at once; the others, such as those of a
/// heartbeat, wait until the clock gets there. So a run that waits for its rate takes virtual hours and no real time.
package final class TestClock: Sendable {
    private let skipped: ClosedRange<Duration>?
    private let state: Mutex<State>

    private struct State {
        let start: Instant
        /// The time since the start; an ``Instant`` has whole seconds only, which would lose short pauses.
        var elapsed = Duration.zero
        var pauses: [Pause] = []
        var canceled: Set<Int> = []
        var nextID = 0
        var log: [Duration] = []
    }

    private struct Pause {
        let id: Int
        let end: Duration
        let continuation: CheckedContinuation<Void, Never>
    }

    package init(_ start: Instant, skippingPauses skipped: ClosedRange<Duration>? = nil) {
        self.skipped = skipped
        state = Mutex(State(start: start))
    }

    package var now: Instant { state.withLock { $0.start + $0.elapsed } }

    /// The time since the clock was made.
    package var elapsed: Duration { state.withLock { $0.elapsed } }

    /// Every pause so far, in the order in which they began.
    package var pauses: [Duration] { state.withLock { $0.log } }

    /// The clock as the code under test gets it.
    package var wall: WallClock { WallClock(now: { self.now }, pause: { await self.pause($0) }) }

    /// Moves the clock forward, and ends the pauses whose time has come.
    package func advance(by duration: Duration) {
        advance { $0 + duration }
    }

    /// Returns when someone is in a pause that lasts at least this long from now.
    package func untilSomeonePauses(for duration: Duration) async {
        while !state.withLock({ state in state.pauses.contains { $0.end >= state.elapsed + duration } }) {
            await Task.yield()
        }
    }

    private func advance(_ target: (Duration) -> Duration) {
        let ended = state.withLock { state in
            state.elapsed = max(state.elapsed, target(state.elapsed))
            let ended = state.pauses.filter { $0.end <= state.elapsed }.sorted { ($0.end, $0.id) < ($1.end, $1.id) }
            state.pauses.removeAll { $0.end <= state.elapsed }
            return ended
        }
        for pause in ended { pause.continuation.resume() }
    }

    private func pause(_ duration: Duration) async {
        let (id, end) = state.withLock { state in
            state.nextID += 1
            state.log.append(duration)
            return (state.nextID, state.elapsed + duration)
        }
        if let skipped, skipped.contains(duration) {
            advance { _ in end }
            return await Task.yield()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.canceled.remove(id) != nil || state.elapsed >= end { return true }
                    state.pauses.append(Pause(id: id, end: end, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let pause = state.withLock { state -> Pause? in
                guard let index = state.pauses.firstIndex(where: { $0.id == id }) else {
                    state.canceled.insert(id)
                    return nil
                }
                return state.pauses.remove(at: index)
            }
            pause?.continuation.resume()
        }
    }
}

extension WallClock {
    /// A clock on which no time passes: no limit is ever reached.
    package static var still: WallClock { TestClock(Instant(secondsSince1970: 0)).wall }
}
