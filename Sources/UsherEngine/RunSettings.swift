package import UsherModel

/// What a run depends on beside its job.
package struct RunSettings: Sendable {
    /// The time of this run: what is due is judged by it.
    package let now: Instant
    /// Real time.
    package let clock: WallClock
    /// Who claims.
    package let owner: Owner
    /// Whether another owner's process still runs on this host.
    package let isAlive: @Sendable (Owner) -> Bool
    /// A number from 0 up to 1: how much of a backoff is waited (full jitter).
    package let jitter: @Sendable () -> Double
    /// Which parts of the job to run.
    package let scope: Scope
    /// The digest that a person approved.
    package let approval: String?
    /// Whether a person asked to stop: finish what is on the wire, claim nothing new.
    package let isStopping: @Sendable () -> Bool
    /// How long a lease lasts without a heartbeat.
    package let lease: Duration

    /// Which parts of a job a run does.
    package enum Scope: String, Sendable, CaseIterable {
        /// Everything.
        case all
        /// No publications.
        case deliver
        /// Nothing is planned or sent.
        case publish
    }

    /// Takes all.
    package init(
        now: Instant, clock: WallClock, owner: Owner, isAlive: @escaping @Sendable (Owner) -> Bool,
        jitter: @escaping @Sendable () -> Double, scope: Scope = .all, approval: String? = nil,
        isStopping: @escaping @Sendable () -> Bool = { false }, lease: Duration = .seconds(300)
    ) {
        (self.now, self.clock, self.owner, self.isAlive, self.jitter) = (now, clock, owner, isAlive, jitter)
        (self.scope, self.approval, self.isStopping, self.lease) = (scope, approval, isStopping, lease)
    }

    /// When a lease taken now ends.
    var leaseEnd: Instant { clock.now() + lease }
}
