internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func beginRoster(
        _ list: RosterID, under lease: PlanningLease
    ) async throws(LedgerError) -> RosterReading {
        try await write("ledger.begin-roster", shadowing: .roster(job: lease.job, list: list.rawValue)) { db in
            try self.check(lease, db)
            let row = try Row.fetchOne(
                db,
                sql: """
                    INSERT INTO roster (job, list, started, completed) VALUES (:job, :list, 1, 0)
                    ON CONFLICT DO UPDATE SET started = started + 1 RETURNING started, completed
                    """,
                arguments: ["job": lease.job, "list": list.rawValue])
            let listed = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM (\(Self.selectSeated))",
                arguments: ["job": lease.job, "list": list.rawValue, "completed": row?["completed"] ?? 0])
            return RosterReading(lease: lease, list: list, number: row?["started"] ?? 1, listed: listed ?? 0)
        }
    }

    /// Everyone who holds a seat on a list, once each.
    ///
    /// The index has the people in their order, so that nothing is sorted.
    private static let selectSeated = """
        SELECT g.recipient FROM registration g INDEXED BY registration_by_recipient
        WHERE g.job = :job AND g.list = :list AND g.seen_in >= :completed
            AND json_extract(g.attendee, '$.status') = 'registered' GROUP BY g.recipient
        """

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
                    INSERT INTO registration (job, list, id, recipient, first_seen_at, seen_in, attendee, first_seen_in)
                    VALUES (:job, :list, :id, :recipient, :now, :number, :attendee, :number)
                    ON CONFLICT (job, list, id) DO UPDATE SET recipient = excluded.recipient,
                        seen_in = excluded.seen_in, attendee = excluded.attendee
                    WHERE registration.seen_in <> excluded.seen_in
                    """)
            for attendee in attendees {
                let text = try Snapshot.text(attendee)
                try Spellings.unify(attendee.address, db)
                if try Self.isRepeated(attendee, as: text, reading, db) { continue }
                try Self.keepEarlierAddress(of: attendee, reading, db)
                try statement.execute(arguments: [
                    "job": reading.job, "list": reading.list.rawValue, "id": attendee.registration.rawValue,
                    "recipient": Recipient.person(attendee.address).id.rawValue, "now": now.secondsSince1970,
                    "number": reading.number, "attendee": text,
                ])
                if db.changesCount == 0 { repeated.append(attendee) }
            }
            return repeated
        }
    }

    /// Whether this reading has seen the registration already, with the same data.
    private static func isRepeated(
        _ attendee: Attendee, as text: String, _ reading: RosterReading, _ db: Database
    ) throws -> Bool {
        let row = try String.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT attendee FROM registration
                    WHERE job = :job AND list = :list AND id = :id AND seen_in = :number
                    """),
            arguments: [
                "job": reading.job, "list": reading.list.rawValue, "id": attendee.registration.rawValue,
                "number": reading.number,
            ])
        return row == text
    }

    /// Keeps a registration's row under the address that it had, where that is about to change: whoever reads mail there was told the old facts.
    ///
    /// The row is on no list any more, so it earns nothing but what corrects what was told.
    private static func keepEarlierAddress(of attendee: Attendee, _ reading: RosterReading, _ db: Database) throws {
        try db.executeCached(
            sql: """
                INSERT INTO registration (job, list, id, recipient, first_seen_at, seen_in, attendee, first_seen_in)
                SELECT job, list, id || ' was ' || recipient, recipient, first_seen_at, 0, attendee, first_seen_in
                FROM registration WHERE job = :job AND list = :list AND id = :id AND recipient <> :recipient
                ON CONFLICT DO NOTHING
                """,
            arguments: [
                "job": reading.job, "list": reading.list.rawValue, "id": attendee.registration.rawValue,
                "recipient": Recipient.person(attendee.address).id.rawValue,
            ])
    }

    @discardableResult
    package func completeRoster(
        _ reading: RosterReading, limit: RosterLimit?
    ) async throws(LedgerError) -> RosterCompletion {
        let list = reading.list.rawValue
        return try await write("ledger.complete-roster", shadowing: .roster(job: reading.job, list: list)) { db in
            try self.check(reading.lease, db)
            let arguments: StatementArguments = ["number": reading.number, "job": reading.job, "list": list]
            let doubt = try limit.flatMap { try Self.doubt(reading, $0, db) }
            if let doubt, doubt.digest != limit?.approval {
                try db.execute(
                    sql: "DELETE FROM registration WHERE job = :job AND list = :list AND first_seen_in = :number",
                    arguments: arguments)
                return .doubtful(doubt)
            }
            try db.execute(
                sql: "UPDATE roster SET completed = max(completed, :number) WHERE job = :job AND list = :list",
                arguments: arguments)
            return doubt == nil ? .complete : .approved
        }
    }

    /// The people who are missing from a reading; nil where they are no more than may be.
    private static func doubt(
        _ reading: RosterReading, _ limit: RosterLimit, _ db: Database
    ) throws -> DoubtfulRoster? {
        let list = reading.list.rawValue
        let arguments: StatementArguments = ["job": reading.job, "list": list, "number": reading.number]
        let missing = try String.fetchCursor(
            db,
            sql: """
                SELECT g.recipient FROM roster r JOIN registration g INDEXED BY registration_by_recipient
                    ON g.job = r.job AND g.list = r.list
                WHERE r.job = :job AND r.list = :list AND g.seen_in >= r.completed AND g.seen_in < :number
                    AND json_extract(g.attendee, '$.status') = 'registered'
                    AND NOT EXISTS (SELECT 1 FROM registration n WHERE n.job = g.job AND n.list = g.list
                        AND n.recipient = g.recipient AND n.seen_in >= :number)
                GROUP BY g.recipient ORDER BY g.recipient
                """,
            arguments: arguments)
        var digest = RunningDigest()
        for part in ["missing", list] { digest.add(part) }
        var count = 0
        while let recipient = try missing.next() {
            digest.add(recipient)
            count += 1
        }
        let hasAnyone = try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM registration WHERE job = :job AND list = :list AND seen_in >= :number)
                """,
            arguments: arguments)
        guard limit.isExceeded(missing: count, of: reading.listed, isEmptied: hasAnyone != true) else { return nil }
        return DoubtfulRoster(
            list: reading.list, missing: count, listed: reading.listed, isEmptied: hasAnyone != true,
            digest: String(digest.hex.prefix(16)))
    }

    package func registrations(
        job: String, list: RosterID, _ ids: [RegistrationID]
    ) async throws(LedgerError) -> [RegistrationID: Attendee] {
        try await read(shadowing: .roster(job: job, list: list.rawValue)) { db in
            let statement = try db.cachedStatement(
                sql: "SELECT attendee FROM registration WHERE job = ? AND list = ? AND id = ?")
            var found: [RegistrationID: Attendee] = [:]
            for id in ids {
                let text = try String.fetchOne(statement, arguments: [job, list.rawValue, id.rawValue])
                if let text { found[id] = try Snapshot.value(Attendee.self, text) }
            }
            return found
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
                        EXISTS (SELECT 1 FROM suppression s WHERE s.recipient = g.recipient) AS suppressed,
                        (SELECT group_concat(p.earlier) FROM recipient_spelling p WHERE p.recipient = g.recipient) AS earlier
                    FROM (SELECT DISTINCT recipient FROM registration INDEXED BY registration_by_recipient
                            WHERE job = :job AND list = :list AND recipient > :after ORDER BY recipient LIMIT :limit) page
                        CROSS JOIN registration g INDEXED BY registration_by_recipient
                            ON g.job = :job AND g.list = :list AND g.recipient = page.recipient
                        JOIN roster r ON r.job = g.job AND r.list = g.list
                    ORDER BY g.recipient, g.first_seen_at, g.id
                    """,
                arguments: [
                    "job": job, "list": list.rawValue, "after": after?.rawValue ?? "", "limit": limit,
                ])
            var page: [Candidate] = []
            var current: (id: String, row: Row, registrations: [Candidate.Registration])?
            while let row = try rows.next() {
                let id: String = row["recipient"]
                if let done = current, done.id != id { page.append(contentsOf: Self.candidate(done)) }
                if current?.id != id { current = (id, row.copy(), []) }
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
                    FROM (SELECT DISTINCT recipient FROM registration INDEXED BY registration_of_recipient
                            WHERE job = :job AND recipient > :after ORDER BY recipient LIMIT :limit) page
                        CROSS JOIN registration g INDEXED BY registration_of_recipient
                            ON g.recipient = page.recipient AND g.job = :job
                        JOIN roster r ON r.job = g.job AND r.list = g.list
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
        _ group: (id: String, row: Row, registrations: [Candidate.Registration])
    ) -> [Candidate] {
        // Written to as first given.
        guard let named = group.registrations.first(where: \.isListed) ?? group.registrations.first else { return [] }
        var candidate = Candidate(
            recipient: .person(named.attendee.address), registrations: group.registrations,
            isSuppressed: group.row["suppressed"])
        let earlier: String? = group.row["earlier"]
        candidate.earlierIDs = earlier.map { $0.split(separator: ",").map { RecipientID(rawValue: String($0)) } } ?? []
        return [candidate]
    }
}
