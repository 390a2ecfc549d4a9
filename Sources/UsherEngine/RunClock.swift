package import UsherModel

/// The time as a run sees it.
///
/// There are two questions with different answers. What is due at this moment? ``now()`` says, and `--now` can fix it for a rehearsal.
/// When does a lease end, and how long must a channel wait for its rate? That is always real time, ``wall``, because other processes
/// on this ledger must agree on it.
package struct RunClock: Sendable {
    /// Real time, for leases, rates, heartbeats and pauses.
    package let wall: WallClock
    private let fixed: Instant?

    /// Creates the time of a run, which passes like real time unless it is fixed from beginning to end.
    package init(_ wall: WallClock, fixedAt fixed: Instant? = nil) {
        (self.wall, self.fixed) = (wall, fixed)
    }

    /// Whether `--now` holds the time still: then nothing waits in a run, because waiting would not bring the end of the wait nearer.
    package var isFixed: Bool { fixed != nil }

    /// The time by which the run judges what is due and what has expired.
    package func now() -> Instant { fixed ?? wall.now() }
}
