internal import UsherModel

/// What of a channel waits, as a person has to know it: how much, since when and why.
struct WaitingDeliveries {
    /// One for each reason.
    private(set) var problems: [RunProblem] = []
    /// What is no problem: another run is sending.
    private(set) var notes: [String] = []
    /// Whether nothing waits.
    let isEmpty: Bool
    private let channel: ChannelName

    /// Describes what waits.
    ///
    /// - Parameters:
    ///   - channel: The channel.
    ///   - backlog: What of it waits.
    ///   - trouble: Its trouble; nil where it is well.
    ///   - outage: How long it may be away (`limits.outage`).
    ///   - reopens: When its rate lets something go again; nil where it has no rate.
    ///   - now: The time of the run.
    init(
        channel: ChannelName, backlog: Backlog, trouble: ChannelTrouble?, outage: Duration, reopens: Instant?,
        now: Instant
    ) {
        self.channel = channel
        isEmpty = backlog.count == 0
        guard !isEmpty else { return }
        let next = trouble.map { Backoff.next($0, firstExpiry: backlog.firstExpiry, now: now) }
        let later = Self.later([backlog.nextAt, next, reopens].compactMap { $0 }.max() ?? now, now: now)
        if let trouble {
            let outage = Outage(trouble, limit: outage, firstExpiry: backlog.firstExpiry, now: now)
            add(backlog.count, since: trouble.since, later, trouble.refusal, outage.code)
            return
        }
        for part in backlog.refused {
            add(part.count, since: part.since, later, part.refusal, .init(part.refusal.scope))
        }
        let untried = backlog.count - backlog.refused.map(\.count).reduce(0, +)
        guard untried > 0 else { return }
        if backlog.isBeingSent {
            notes.append("another run is sending over channel \(channel); \(untried) wait for it")
        } else {
            problems.append(RunProblem(.retrying, "channel \(channel): \(untried) wait, and \(later)"))
        }
    }

    private static func later(_ next: Instant, now: Instant) -> String {
        "will be tried again by a later run" + (next > now ? " from \(next) on" : "")
    }

    private mutating func add(
        _ count: Int, since: Instant, _ later: String, _ refusal: Refusal, _ code: RunProblem.Code
    ) {
        problems.append(
            RunProblem(code, "channel \(channel): \(count) wait since \(since), and \(later): \(refusal)"))
    }
}
