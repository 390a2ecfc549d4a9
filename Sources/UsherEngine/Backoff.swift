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
    /// - Returns: The time to wait, whatever the deadline.
    static func delay(after attempt: Int, jitter: Double) -> Duration {
        let doublings = min(max(attempt - 1, 0), 12)
        let ceiling = min(first * (1 << doublings), longest)
        return .seconds(max(1, Int64(Double(ceiling.components.seconds) * min(max(jitter, 0), 1))))
    }

    /// When to try a delivery again that was refused.
    ///
    /// The wait serves a deadline, and must not outlast it: it is a quarter of the remaining time at most, or half of it where the server asked
    /// for a wait. So at least one attempt falls well before the expiry.
    ///
    /// - Parameters:
    ///   - claim: The delivery.
    ///   - asked: How long the server asked to wait; nil where it did not.
    ///   - now: The time of the refusal.
    ///   - jitter: As for ``delay(after:jitter:)``.
    /// - Returns: The time of the next attempt.
    static func next(_ claim: Claim, asked: Duration?, now: Instant, jitter: Double) -> Instant {
        let left = max(claim.expiresAt - now, .zero)
        let wait = asked.map { min($0, left / 2) } ?? min(delay(after: claim.attempt, jitter: jitter), left / 4)
        return now + max(wait, .seconds(1))
    }

    /// When to try a channel again that refused everything.
    ///
    /// - Parameters:
    ///   - trouble: What it refused with.
    ///   - firstExpiry: When the first of the deliveries that wait for it expires; nil where none waits.
    ///   - now: The time of the run.
    /// - Returns: The time of the next attempt.
    static func next(_ trouble: ChannelTrouble, firstExpiry: Instant?, now: Instant) -> Instant {
        // A trouble of the future was recorded by a clock that was wrong, and its wait is not to be believed.
        guard trouble.at <= now else { return now }
        guard let firstExpiry, firstExpiry > trouble.at else { return trouble.notBefore }
        return min(trouble.notBefore, trouble.at + (firstExpiry - trouble.at) / 2)
    }
}
