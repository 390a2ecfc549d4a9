internal import GRDB
package import UsherModel

/// One reading of a list's recipients.
package struct RosterScan: Hashable, Sendable {
    let job: String
    let list: EventID
    let number: Int64
}

extension Ledger {
    /// Starts to read a list's recipients.
    ///
    /// A reading that is never completed says nothing about those it did not reach.
    ///
    /// - Throws: ``LedgerError``.
    package func beginRoster(job: String, list: EventID) throws(LedgerError) -> RosterScan {
        try write("ledger.begin-roster") { db in
            let number = try Int64.fetchOne(
                db,
                sql: """
                    INSERT INTO roster (job, list, started, completed) VALUES (:job, :list, 1, 0)
                    ON CONFLICT DO UPDATE SET started = started + 1 RETURNING started
                    """,
                arguments: ["job": job, "list": list.rawValue])
            return RosterScan(job: job, list: list, number: number ?? 1)
        }
    }

    /// Remembers one page of a list; when each was first seen is kept from the first time.
    ///
    /// - Returns: Those whose registration id came earlier in this reading; the first one counts.
    /// - Throws: ``LedgerError``.
    @discardableResult
    package func observe(_ scan: RosterScan, _ attendees: [Attendee], now: Instant) throws(LedgerError) -> [Attendee] {
        guard !attendees.isEmpty else { return [] }
        return try write("ledger.observe") { db in
            var repeated: [Attendee] = []
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO registration (job, list, id, recipient, first_seen_at, seen_in, attendee)
                    VALUES (:job, :list, :id, :recipient, :now, :number, :attendee)
                    ON CONFLICT (job, list, id) DO UPDATE SET recipient = excluded.recipient,
                        seen_in = excluded.seen_in, attendee = excluded.attendee
                    WHERE registration.seen_in <> excluded.seen_in
                    """)
            for attendee in attendees {
                try statement.execute(arguments: [
                    "job": scan.job, "list": scan.list.rawValue, "id": attendee.registration.rawValue,
                    "recipient": Recipient.person(attendee.address).id.rawValue, "now": now.secondsSince1970,
                    "number": scan.number, "attendee": try Snapshot.text(attendee),
                ])
                if db.changesCount == 0 { repeated.append(attendee) }
            }
            return repeated
        }
    }

    /// The list was read to its end: whoever was not on it is unlisted from now on, and kept.
    ///
    /// - Throws: ``LedgerError``.
    package func completeRoster(_ scan: RosterScan) throws(LedgerError) {
        try write("ledger.complete-roster") { db in
            try db.execute(
                sql: "UPDATE roster SET completed = max(completed, :number) WHERE job = :job AND list = :list",
                arguments: ["number": scan.number, "job": scan.job, "list": scan.list.rawValue])
        }
    }

    /// The next recipients of a list, in the order of their ids, each with all registrations under that address.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - list: The list.
    ///   - after: The last recipient of the page before; nil for the first page.
    ///   - limit: How many recipients at most.
    /// - Returns: The page; empty after the last.
    /// - Throws: ``LedgerError``.
    package func candidates(
        job: String, list: EventID, after: RecipientID?, limit: Int
    ) throws(LedgerError) -> [Candidate] {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT g.recipient, g.attendee, g.first_seen_at, g.seen_in >= r.completed AS listed,
                        EXISTS (SELECT 1 FROM suppression s WHERE s.recipient = g.recipient) AS suppressed
                    FROM registration g JOIN roster r ON r.job = g.job AND r.list = g.list
                    WHERE g.job = :job AND g.list = :list AND g.recipient IN (
                        SELECT DISTINCT recipient FROM registration
                        WHERE job = :job AND list = :list AND recipient > :after ORDER BY recipient LIMIT :limit)
                    ORDER BY g.recipient, g.first_seen_at, g.id
                    """,
                arguments: [
                    "job": job, "list": list.rawValue, "after": after?.rawValue ?? "", "limit": limit,
                ])
            var page: [Candidate] = []
            var current: (id: String, isSuppressed: Bool, registrations: [Candidate.Registration])?
            while let row = try rows.next() {
                let id: String = row["recipient"]
                if let done = current, done.id != id { page.append(contentsOf: Self.candidate(done)) }
                if current?.id != id { current = (id, row["suppressed"], []) }
                current?.registrations.append(
                    .init(
                        attendee: try Snapshot.value(Attendee.self, row["attendee"]),
                        firstSeenAt: Instant(secondsSince1970: row["first_seen_at"]), isListed: row["listed"]))
            }
            if let current { page.append(contentsOf: Self.candidate(current)) }
            return page
        }
    }

    private static func candidate(
        _ group: (id: String, isSuppressed: Bool, registrations: [Candidate.Registration])
    ) -> [Candidate] {
        guard let first = group.registrations.first else { return [] }
        return [
            Candidate(
                recipient: .person(first.attendee.address), registrations: group.registrations,
                isSuppressed: group.isSuppressed)
        ]
    }
}
