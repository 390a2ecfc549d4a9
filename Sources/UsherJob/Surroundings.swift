package import UsherModel

/// What of the world around it a kind may use: handed in, so that a rehearsal can hand in another world.
package struct Surroundings: Sendable {
    /// Environment variables.
    package let environment: [String: String]
    /// Real time, for what must wait or expire in it.
    package let clock: WallClock
    /// A number from 0 up to 1: how much of a backoff is waited (full jitter).
    package let jitter: @Sendable () -> Double
    /// Makes an id that was never used before (RFC 9562).
    package let makeID: @Sendable () -> String
    /// What is called at each durable step.
    package let steps: Steps

    /// Takes all.
    package init(
        environment: [String: String], clock: WallClock, jitter: @escaping @Sendable () -> Double,
        makeID: @escaping @Sendable () -> String, steps: Steps = .unwatched
    ) {
        (self.environment, self.clock, self.jitter) = (environment, clock, jitter)
        (self.makeID, self.steps) = (makeID, steps)
    }
}
