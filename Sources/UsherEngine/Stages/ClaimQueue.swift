internal import UsherModel

/// The deliveries of one channel that this run has claimed: those that have not been started, and how many are under way.
struct ClaimQueue {
    private var claims: ArraySlice<Claim> = []
    private(set) var underWay = 0
    /// The last claim returned nothing; a delivery that is under way may still be released and become claimable again.
    private var isDry = false
    private(set) var isFinished = false

    /// Whether to claim more now.
    ///
    /// With a rate, this waits until nothing is under way, since claiming waits for the rate; and so does a channel that is tried with one
    /// delivery first.
    func needsMore(for channel: ConfiguredChannel, isProbing: Bool) -> Bool {
        guard !isFinished else { return false }
        return isDry || isProbing || channel.budget != nil
            ? claims.isEmpty && underWay == 0 : claims.count < channel.width
    }

    mutating func add(_ batch: [Claim]) {
        claims += batch
        isDry = batch.isEmpty
        isFinished = isDry && underWay == 0
    }

    /// Claims nothing more in this run.
    mutating func finish() { isFinished = true }

    /// The next delivery, if fewer than `limit` are under way; it counts as under way until ``end()``.
    mutating func start(limit: Int) -> Claim? {
        guard underWay < limit, let claim = claims.popFirst() else { return nil }
        underWay += 1
        return claim
    }

    /// One of the deliveries under way has ended.
    mutating func end() { underWay -= 1 }
}
