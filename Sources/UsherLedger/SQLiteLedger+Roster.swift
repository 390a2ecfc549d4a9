internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func beginRoster(
        _ list: RosterID, under lease: PlanningLease
    ) async throws(LedgerError) -> RosterReading {
        try await write("ledger.begin-roster", shadowing: .roster(job: lease.job, list: list.rawValue)) { db in
            try self.check(lease, db)
            let number = try Int64.fetchOne(
                db,
                sql: """
                    INSERT INTO roster (job, list, started, completed) VALUES (:job, :list, 1, 0)
                    ON CONFLICT DO UPDATE SET started = started + 1 RETURNING started
                    """,
                arguments: ["job": lease.job, "list": list.rawValue])
            return RosterReading(lease: lease, list: list, number: number ?? 1)
        }
    }

    @discardableResult
    package func observe(
        _ reading: RosterReading, _ attendees: [Attendee], now: Instant
    ) async throws(LedgerError) -> [Attendee] {
        guard !attendees.isEmpty else { return [] }
        return try await write("ledger.observe") { db in
            try self.check(reading.lease, db)
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
                    "job": reading.job, "list": reading.list.rawValue, "id": attendee.registration.rawValue,
                    "recipient": Recipient.person(attendee.address).id.rawValue, "now": now.secondsSince1970,
                    "number": reading.number, "attendee": try Snapshot.text(attendee),
                ])
                if db.changesCount == 0 { repeated.append(attendee) }
            }
            return repeated
        }
    }

    package func completeRoster(_ reading: RosterReading) async throws(LedgerError) {
        try await write("ledger.complete-roster") { db in
            try self.check(reading.lease, db)
            try db.execute(
                sql: "UPDATE roster SET completed = max(completed, :number) WHERE job = :job AND list = :list",
                arguments: ["number": reading.number, "job": reading.job, "list": reading.list.rawValue])
        }
    }

    package func candidates(
        job: String, list: RosterID, after: RecipientID?, limit: Int
    ) async throws(LedgerError) -> [Candidate] {
        try await read(shadowing: .roster(job: job, list: list.rawValue)) { db in
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

    package func seatHolders(
        job: String, after: RecipientID?, limit: Int
    ) async throws(LedgerError) -> [SeatHolder] {
        try await read(shadowing: .rosters(job: job)) { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT g.recipient, g.list, g.attendee, g.seen_in >= r.completed AS listed
                    FROM registration g JOIN roster r ON r.job = g.job AND r.list = g.list
                    WHERE g.job = :job AND g.recipient IN (
                        SELECT DISTINCT recipient FROM registration INDEXED BY registration_of_recipient
                        WHERE job = :job AND recipient > :after ORDER BY recipient LIMIT :limit)
                    ORDER BY g.recipient, g.list, g.id
                    """,
                arguments: ["job": job, "after": after?.rawValue ?? "", "limit": limit])
            var page: [SeatHolder] = []
            while let row = try rows.next() {
                let id = RecipientID(rawValue: row["recipient"])
                if page.last?.id != id { page.append(SeatHolder(id: id)) }
                let attendee = try Snapshot.value(Attendee.self, row["attendee"])
                guard attendee.status == .registered, row["listed"] else { continue }
                page[page.count - 1].seats.append(
                    SeatHolder.Seat(list: RosterID(rawValue: row["list"]), sessions: attendee.sessions))
            }
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
