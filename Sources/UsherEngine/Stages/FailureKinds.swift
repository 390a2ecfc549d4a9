internal import UsherModel

/// The deliveries that failed permanently, by kind of refusal: what a run says about them.
struct FailureKinds: Sendable {
    private var kinds: [RefusalKind: Kind] = [:]
    private var others = 0

    /// How many kinds are told apart; the others are only counted.
    private static let maximum = 8

    private struct Kind: Sendable {
        let reason: Line
        var recipients: [String]
        var count = 1
    }

    /// A single failure, for ``DeliveryTally``.
    struct Failure: Sendable {
        let kind: RefusalKind
        let refusal: Refusal
        let key: DedupeKey
    }

    /// The failure of one delivery, where this is the result of one.
    private(set) var single: Failure?

    /// Adds a delivery that failed.
    mutating func add(_ claim: Claim, _ refusal: Refusal) {
        let kind = RefusalKind(refusal.reason, of: claim.recipient)
        kinds[kind] = Kind(reason: refusal.reason, recipients: [claim.recipient.label])
        single = Failure(kind: kind, refusal: refusal, key: claim.key)
    }

    mutating func add(_ other: FailureKinds) {
        others += other.others
        for (kind, failed) in other.kinds {
            if kinds[kind] != nil {
                kinds[kind]?.count += failed.count
                let named = (kinds[kind]?.recipients ?? []) + failed.recipients
                kinds[kind]?.recipients = Array(named.prefix(2))
            } else if kinds.count < Self.maximum {
                kinds[kind] = failed
            } else {
                others += failed.count
            }
        }
    }

    /// Takes back failures of one kind that are pending again.
    mutating func remove(_ count: Int, of kind: RefusalKind) {
        kinds[kind]?.count -= count
        if let left = kinds[kind]?.count, left <= 0 { kinds[kind] = nil }
    }

    /// One line for each kind, the most frequent first.
    var lines: [String] {
        let sorted = kinds.values.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
        return sorted.map { kind in
            let named = kind.recipients.joined(separator: ", ")
            let rest = kind.count > kind.recipients.count ? " and \(kind.count - kind.recipients.count) more" : ""
            return "\(kind.count) failed: \(kind.reason) (\(named)\(rest)). "
                + "Once the reason is mended: usher ledger retry"
        } + (others > 0 ? ["\(others) failed for other reasons"] : [])
    }
}
