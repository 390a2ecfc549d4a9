internal import GRDB
package import UsherModel

extension Ledger {
    /// What was published to a place last; nil for nothing.
    ///
    /// - Throws: ``LedgerError``.
    package func publication(job: String, location: String) throws(LedgerError) -> PublishedMark? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT entity_tag, digest FROM publication WHERE job = ? AND location = ?",
                arguments: [job, Digest.hex(of: [location])]
            ).map { PublishedMark(entityTag: $0["entity_tag"], digest: $0["digest"]) }
        }
    }

    /// Remembers what was published to a place.
    ///
    /// The place itself is not stored: a URL may hold a secret.
    ///
    /// - Parameters:
    ///   - mark: What it holds now; nil forgets it.
    ///   - job: The job.
    ///   - location: The URL.
    ///   - now: The time of the run.
    /// - Throws: ``LedgerError``.
    package func remember(
        _ mark: PublishedMark?, job: String, location: String, now: Instant
    ) throws(LedgerError) {
        try write("ledger.remember-publication") { db in
            guard let mark else {
                return try db.execute(
                    sql: "DELETE FROM publication WHERE job = ? AND location = ?",
                    arguments: [job, Digest.hex(of: [location])])
            }
            try db.execute(
                sql: """
                    INSERT INTO publication (job, location, entity_tag, digest, at) VALUES (:job, :location, :tag, :digest, :at)
                    ON CONFLICT DO UPDATE SET entity_tag = :tag, digest = :digest, at = :at
                    """,
                arguments: [
                    "job": job, "location": Digest.hex(of: [location]), "tag": mark.entityTag, "digest": mark.digest,
                    "at": now.secondsSince1970,
                ])
        }
    }

    /// The next people on any list of a job, in the order of their ids, each with the seats held.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - after: The last person of the page before; nil for the first page.
    ///   - limit: How many at most.
    /// - Returns: The page; empty after the last. Who gave up every seat, or is on no list any more, has none.
    /// - Throws: ``LedgerError``.
    package func seatHolders(
        job: String, after: RecipientID?, limit: Int
    ) throws(LedgerError) -> [SeatHolder] {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT g.recipient, g.list, g.attendee, g.seen_in >= r.completed AS listed
                    FROM registration g JOIN roster r ON r.job = g.job AND r.list = g.list
                    WHERE g.job = :job AND g.recipient IN (
                        SELECT DISTINCT recipient FROM registration
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
                    .init(list: EventID(rawValue: row["list"]), sessions: attendee.sessions))
            }
            return page
        }
    }
}

/// A person on the lists of a job, and in what that person has a seat.
package struct SeatHolder: Hashable, Sendable {
    /// Who.
    package let id: RecipientID
    /// In the order of lists.
    package var seats: [Seat] = []

    /// A seat.
    package struct Seat: Hashable, Sendable {
        /// On which list.
        package let list: EventID
        /// The sessions the person chose; nil means all.
        package let sessions: [SessionID]?
    }
}
