package import UsherModel

/// Everything that a source, channel or publication takes from the process it runs in.
///
/// It is passed in, so that a test can pass in its own: a clock it advances, variables it sets, ids it can predict.
package struct RuntimeEnvironment: Sendable {
    /// The environment variables.
    package let variables: [String: String]
    /// Real time, for tokens, retries and signatures.
    package let clock: WallClock
    /// A random number from 0 up to, but excluding, 1: the part of a backoff that is waited (full jitter).
    package let jitter: @Sendable () -> Double
    /// Makes a unique id (RFC 9562).
    package let makeID: @Sendable () -> String
    /// Called at each durable step; tests count the steps and kill the process at one of them.
    package let steps: Steps
    /// The folder of a rehearsal, into which everything goes that would be sent; nil where messages are really sent.
    package var rehearsal: String?
    /// Whether a source may keep a file beside the ledger from one run to the next; false where nothing may be left behind.
    package var keepsFeeds = false

    package init(
        variables: [String: String], clock: WallClock, jitter: @escaping @Sendable () -> Double,
        makeID: @escaping @Sendable () -> String, steps: Steps = .unwatched
    ) {
        (self.variables, self.clock, self.jitter) = (variables, clock, jitter)
        (self.makeID, self.steps) = (makeID, steps)
    }
}
