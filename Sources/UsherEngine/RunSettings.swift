package import UsherModel

/// The settings of one run: everything it depends on apart from its job.
package struct RunSettings: Sendable {
    /// The time as this run sees it.
    package let time: RunClock
    /// The owner of the run's leases.
    package let owner: Owner
    /// Whether the process of another owner is still running on this host.
    package let isAlive: @Sendable (Owner) -> Bool
    /// A random number from 0 up to, but excluding, 1: the part of a backoff that is waited (full jitter).
    package let jitter: @Sendable () -> Double
    /// The parts of the job to run.
    package let scope: Scope
    /// The digest of the plan that a person approved.
    package let approval: String?
    /// Whether a person asked to stop.
    ///
    /// The run then finishes the deliveries on the wire and claims no new ones.
    package let isStopping: @Sendable () -> Bool
    /// How long a lease lasts unless it is renewed.
    package let lease: Duration

    /// The parts of a job.
    package enum Scope: String, Sendable, CaseIterable {
        /// Everything.
        case all
        /// Planning and sending, without publications.
        case deliver
        /// Publications only.
        case publish
    }

    package init(
        time: RunClock, owner: Owner, isAlive: @escaping @Sendable (Owner) -> Bool,
        jitter: @escaping @Sendable () -> Double, scope: Scope = .all, approval: String? = nil,
        isStopping: @escaping @Sendable () -> Bool = { false }, lease: Duration = .seconds(300)
    ) {
        (self.time, self.owner, self.isAlive, self.jitter) = (time, owner, isAlive, jitter)
        (self.scope, self.approval, self.isStopping, self.lease) = (scope, approval, isStopping, lease)
    }

    /// The time by which the run judges what is due and what has expired.
    ///
    /// It passes: one judgement asks for it once.
    package var now: Instant { time.now() }

    /// Real time, for leases, rates, heartbeats and pauses.
    var clock: WallClock { time.wall }

    /// Returns when a duration of real time has passed, rounded up to whole seconds, or within a second after the run was asked to stop.
    func wait(_ duration: Duration) async {
        let end = clock.now() + duration + .seconds(duration.components.attoseconds > 0 ? 1 : 0)
        repeat {
            await clock.pause(.seconds(1))
        } while clock.now() < end && !isStopping() && !Task.isCancelled
    }

    /// The end of a lease that is acquired or renewed now.
    var leaseEnd: Instant { clock.now() + lease }
}
