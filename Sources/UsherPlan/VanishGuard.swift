package import UsherModel

/// Trips when too many sessions vanish at once: until a person decides, nothing is canceled, nothing leaves that is about them, and what
/// appears in their place is not announced.
package struct VanishGuard: Hashable, Sendable {
    /// Sessions that vanished in this run, in key order.
    package let vanished: [SessionKey]
    /// How many future sessions the ledger holds.
    package let expected: Int
    /// How many sessions appeared in the same run.
    package let appeared: Int
    /// Whether the source listed nothing at all.
    package let isEmptied: Bool

    /// So many sessions may always vanish, which serves small calendars; but not where the source lists nothing any more, nor where the same
    /// session appears under another id.
    package static let floor = 1

    /// What a person passes to `--approve`; it stands for exactly these sessions.
    package var digest: String {
        String(Digest.hex(of: ["vanished"] + vanished.map(\.description)).prefix(16))
    }

    /// Checks whether the guard trips.
    ///
    /// Sessions that were missing before this run are not counted again: only those that vanished together count.
    ///
    /// - Parameters:
    ///   - missing: The result of ``Reconcile/missing(from:known:window:now:)``.
    ///   - listing: What the source lists.
    ///   - known: What the ledger remembers.
    ///   - fraction: The part of the future sessions that may vanish at once, 0 to 1.
    ///   - window: The period that the job looks at.
    ///   - now: The time of this run.
    /// - Returns: The tripped guard; nil where few enough vanished.
    package static func check(
        missing: [SessionKey], listing: Listing, known: [SessionKey: SessionMemory], fraction: Double, window: Window,
        now: Instant
    ) -> VanishGuard? {
        let future = known.values.filter {
            Reconcile.isExpected($0, window: window, now: now) && $0.session.start > now
        }
        let new = missing.filter { key in
            guard let memory = known[key] else { return false }
            return memory.missingRuns == 0 && memory.session.start > now
        }
        guard !new.isEmpty else { return nil }
        // A part that was not read may hold sessions.
        let isEmptied = listing.sessions.isEmpty && listing.isComplete
        guard isEmptied || Double(new.count) > fraction * Double(future.count) else { return nil }
        let appeared = listing.sessions.filter { session in
            known[session.key] == nil && session.status == .published && session.start > now && window.contains(session)
        }
        let isRenamed = !Set(new.compactMap { known[$0].map { Looks($0.session) } }).isDisjoint(
            with: appeared.map { Looks($0) })
        guard isEmptied || isRenamed || new.count > floor else { return nil }
        return VanishGuard(
            vanished: new, expected: future.count, appeared: appeared.count, isEmptied: isEmptied)
    }

    /// What people know a session by.
    private struct Looks: Hashable {
        let start: Instant
        let subject: Line

        init(_ session: Session) { (start, subject) = (session.start, session.subject) }
    }
}
