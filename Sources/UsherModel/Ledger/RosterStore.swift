/// Who is on the attendee lists of a job.
public protocol RosterStore: Sendable {
    /// Starts reading a list.
    ///
    /// A reading that is never completed says nothing about the people it did not reach.
    ///
    /// - Throws: ``LedgerError``.
    func beginRoster(_ list: RosterID, under lease: PlanningLease) async throws(LedgerError) -> RosterReading

    /// Stores one page of a list. The instant at which each person was first seen is kept from the first reading.
    ///
    /// - Returns: Attendees whose registration id already occurred in this reading with other data; the first one counts. The same data twice is
    ///   no problem: pages shift while people register.
    /// - Throws: ``LedgerError``.
    @discardableResult
    func observe(
        _ reading: RosterReading, _ attendees: [Attendee], now: Instant
    ) async throws(LedgerError) -> [Attendee]

    /// Ends a reading that reached the end of the list: whoever was not on it is unlisted from now on, and kept.
    ///
    /// Where more people are missing than the limit allows, the list proves nothing: no one is unlisted, and whoever it lists for the first time
    /// is forgotten again. What it says of the others stays: a row that is there says what it says.
    ///
    /// Counted are people who held a seat, by address, whatever the ids of their registrations.
    ///
    /// - Parameters:
    ///   - reading: The reading.
    ///   - limit: How many people may be missing; nil for any number.
    /// - Returns: Whether the reading counts.
    /// - Throws: ``LedgerError``.
    @discardableResult
    func completeRoster(_ reading: RosterReading, limit: RosterLimit?) async throws(LedgerError) -> RosterCompletion

    /// The next recipients on a list, ordered by id, each with all registrations under that address.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - list: The list.
    ///   - after: The last recipient of the previous page; nil for the first page.
    ///   - limit: The most recipients to return.
    /// - Returns: The page; empty after the last one.
    /// - Throws: ``LedgerError``.
    func candidates(
        job: String, list: RosterID, after: RecipientID?, limit: Int
    ) async throws(LedgerError) -> [Candidate]

    /// The people with these registrations, as they were when they were last observed.
    ///
    /// - Throws: ``LedgerError``.
    func registrations(
        job: String, list: RosterID, _ ids: [RegistrationID]
    ) async throws(LedgerError) -> [RegistrationID: Attendee]

    /// The next people on any list of a job, ordered by id, each with the seats they hold.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - after: The last person of the previous page; nil for the first page.
    ///   - limit: The most people to return.
    /// - Returns: The page; empty after the last one. A person who gave up every seat, or is no longer on any list, has none.
    /// - Throws: ``LedgerError``.
    func seatHolders(job: String, after: RecipientID?, limit: Int) async throws(LedgerError) -> [SeatHolder]
}

extension RosterStore {
    /// Ends a reading that reached the end of the list, however many people are missing.
    ///
    /// - Throws: ``LedgerError``.
    public func completeRoster(_ reading: RosterReading) async throws(LedgerError) {
        try await completeRoster(reading, limit: nil)
    }
}

/// One reading of a list, from ``RosterStore/beginRoster(_:under:)`` to ``RosterStore/completeRoster(_:limit:)``.
public struct RosterReading: Hashable, Sendable {
    /// The lease under which it was begun.
    public let lease: PlanningLease
    /// The list.
    public let list: RosterID
    /// Counts the readings of this list.
    public let number: Int64
    /// The number of people who held a seat when it began.
    public let listed: Int

    /// Only a ledger begins a reading.
    package init(lease: PlanningLease, list: RosterID, number: Int64, listed: Int) {
        (self.lease, self.list, self.number, self.listed) = (lease, list, number, listed)
    }

    /// The job.
    public var job: String { lease.job }
}

/// A person on the lists of a job, with the seats they hold.
public struct SeatHolder: Hashable, Sendable {
    /// The person.
    public let id: RecipientID
    /// The seats, ordered by list.
    public var seats: [Seat]

    /// A seat.
    public struct Seat: Hashable, Sendable {
        /// The list the person is on.
        public let list: RosterID
        /// The sessions the person chose; nil means all.
        public let sessions: [SessionID]?

        /// Creates a seat.
        public init(list: RosterID, sessions: [SessionID]?) { (self.list, self.sessions) = (list, sessions) }
    }

    /// Creates a person with their seats.
    public init(id: RecipientID, seats: [Seat] = []) { (self.id, self.seats) = (id, seats) }
}
