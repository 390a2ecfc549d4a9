internal import GRDB
package import UsherModel

extension SQLiteLedger {
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
