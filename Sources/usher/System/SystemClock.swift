import Foundation
import UsherEngine
import UsherModel

/// The one place that reads the clock.
enum SystemClock {
    /// The time now.
    static func now() -> Instant { Instant(secondsSince1970: Int64(Date().timeIntervalSince1970)) }

    /// The clock as the engine takes it.
    static let wall = WallClock(
        now: { now() },
        pause: { duration in
            // Cancellation ends the pause early; that is all it has to do.
            do { try await Task.sleep(for: duration) } catch { return }
        })
}
