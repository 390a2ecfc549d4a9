/// Real time, for what must wait or expire in it: leases, rates, heartbeats.
public struct WallClock: Sendable {
    /// The time now.
    public let now: @Sendable () -> Instant
    /// Returns after a duration, or at once when the task is canceled.
    public let pause: @Sendable (Duration) async -> Void

    /// Takes both.
    public init(now: @escaping @Sendable () -> Instant, pause: @escaping @Sendable (Duration) async -> Void) {
        self.now = now
        self.pause = pause
    }
}
