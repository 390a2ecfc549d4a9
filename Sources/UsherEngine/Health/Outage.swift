internal import UsherModel

/// What the trouble of a channel means for the exit code of a run.
///
/// What passes by itself needs no person; what lasts does, and so does what begins shortly before a session starts.
struct Outage {
    /// The kind of problem that a run reports.
    let code: RunProblem.Code

    /// Judges a trouble.
    ///
    /// - Parameters:
    ///   - trouble: What the channel refused with.
    ///   - limit: How long a channel may be away (`limits.outage`); half of the time from the beginning to `firstExpiry`, if that is shorter.
    ///   - firstExpiry: When the first of the deliveries that wait for it expires; nil where none waits.
    ///   - now: The time of the run.
    init(_ trouble: ChannelTrouble, limit: Duration, firstExpiry: Instant?, now: Instant) {
        let left = firstExpiry.map { max($0 - trouble.since, .zero) / 2 }
        let isLong = now - trouble.since >= min(limit, left ?? limit)
        code = RunProblem.Code(trouble.refusal.scope, isLong: isLong)
    }
}

extension RunProblem.Code {
    /// The kind of problem that a refusal is.
    ///
    /// - Parameters:
    ///   - scope: What the refusal was about.
    ///   - isLong: Whether the channel has been away for too long.
    init(_ scope: RefusalScope, isLong: Bool = false) {
        self =
            switch scope {
            case .recipient, .delivery, .source: .retrying
            case .content: .badJob
            case .channel: isLong ? .channelUnavailable : .retrying
            case .sender: .channelUnavailable
            case .credentials: .refusedCredentials
            case .storage: .cannotWrite
            }
    }
}
