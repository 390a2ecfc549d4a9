/// Real time, for everything that waits or expires: leases, rates, heartbeats.
public struct WallClock: Sendable {
    /// Returns the current time.
    public let now: @Sendable () -> Instant
    /// Returns after a duration, or as soon as the task is canceled.
    public let pause: @Sendable (Duration) async -> Void

    /// Creates a clock from its functions.
    public init(now: @escaping @Sendable () -> Instant, pause: @escaping @Sendable (Duration) async -> Void) {
        self.now = now
        self.pause = pause
    }
}
