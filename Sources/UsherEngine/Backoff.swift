internal import UsherModel

/// When to try a delivery again: exponential backoff with full jitter.
///
/// The ledger keeps the time, so that it survives the process.
enum Backoff {
    /// The number of attempts after which a delivery fails; with the delays below they span up to two days.
    ///
    /// Most deliveries expire with their session long before that.
    static let attempts = 16
    static let first = Duration.seconds(60)
    static let longest = Duration.seconds(6 * 3600)

    /// The time to wait before the next attempt: anything from a second to the full delay.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, counted from 1.
    ///   - jitter: From 0 up to 1: the part of the full delay to wait.
    /// - Returns: The time to wait.
    static func delay(after attempt: Int, jitter: Double) -> Duration {
        let doublings = min(max(attempt - 1, 0), 12)
        let ceiling = min(first * (1 << doublings), longest)
        return .seconds(max(1, Int64(Double(ceiling.components.seconds) * min(max(jitter, 0), 1))))
    }
}
