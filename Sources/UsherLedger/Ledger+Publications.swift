internal import GRDB
package import UsherModel

extension Ledger {
    /// What was published to a place last; nil for nothing.
    ///
    /// - Throws: ``LedgerError``.
    package func publication(job: String, place: String) throws(LedgerError) -> PublishedMark? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT entity_tag, digest FROM publication WHERE job = ? AND place = ?",
                arguments: [job, Digest.hex(of: [place])]
            ).map { PublishedMark(entityTag: $0["entity_tag"], digest: $0["digest"]) }
        }
    }

    /// Remembers what was published to a place.
    ///
    /// The place itself is not stored: a URL may hold a secret.
    ///
    /// - Parameters:
    ///   - mark: What it holds now.
    ///   - job: The job.
    ///   - place: The URL.
    ///   - now: The time of the run.
    /// - Throws: ``LedgerError``.
    package func remember(
        _ mark: PublishedMark, job: String, place: String, now: Instant
    ) throws(LedgerError) {
        try write("ledger.remember-publication") { db in
            try db.execute(
                sql: """
                    INSERT INTO publication (job, place, entity_tag, digest, at) VALUES (:job, :place, :tag, :digest, :at)
                    ON CONFLICT DO UPDATE SET entity_tag = :tag, digest = :digest, at = :at
                    """,
                arguments: [
                    "job": job, "place": Digest.hex(of: [place]), "tag": mark.entityTag, "digest": mark.digest,
                    "at": now.secondsSince1970,
                ])
        }
    }
}
