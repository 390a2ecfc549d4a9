internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func listing(job: String) async throws(LedgerError) -> ListingMemory? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT at, replaces_files FROM listing WHERE job = ?", arguments: [job]).map {
                ListingMemory(at: Instant(secondsSince1970: $0["at"]), replacesFiles: $0["replaces_files"])
            }
        }
    }

    package func recordListing(job: String, now: Instant) async throws(LedgerError) {
        try await write("ledger.record-listing") { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO listing (job, at, replaces_files) VALUES (?, ?, 0)",
                arguments: [job, now.secondsSince1970])
        }
    }

    package func publication(job: String, location: String) async throws(LedgerError) -> PublishedMark? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT entity_tag, digest FROM publication WHERE job = ? AND location = ?",
                arguments: [job, Digest.hex(of: [location])]
            ).map { PublishedMark(entityTag: $0["entity_tag"], digest: $0["digest"]) }
        }
    }

    package func remember(
        _ mark: PublishedMark?, job: String, location: String, now: Instant
    ) async throws(LedgerError) {
        try await write("ledger.remember-publication") { db in
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
}
