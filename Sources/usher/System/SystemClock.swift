import Foundation
import UsherEngine
import UsherModel

/// The system clock; the only place in Usher that reads it.
enum SystemClock {
    static func now() -> Instant { Instant(secondsSince1970: Int64(Date().timeIntervalSince1970)) }

    /// The clock that is passed to the engine.
    static let wall = WallClock(
        now: { now() },
        pause: { duration in
            // Cancellation ends the pause early; the caller checks for it.
            do { try await Task.sleep(for: duration) } catch { return }
        })
}
