internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func secrets() async throws(LedgerError) -> LedgerSecrets {
        let secrets = try await read { db in try Self.secrets(db) }
        guard let secrets else {
            throw LedgerError(
                .corrupt, location: location, problem: "it has no secret", next: "Run: usher ledger rotate-secret")
        }
        return secrets
    }

    package func rotateSecret(revoking: Bool) async throws(LedgerError) {
        try await writeWitnessed("ledger.rotate-secret") { db in
            if revoking { try db.execute(sql: "UPDATE secret SET is_trusted = 0") }
            try Schema.addSecret(db)
        }
    }

    /// The secrets; nil where someone has removed them.
    static func secrets(_ db: Database) throws -> LedgerSecrets? {
        let rows = try Row.fetchAll(db.cachedStatement(sql: "SELECT number, value, is_trusted FROM secret"))
        return LedgerSecrets(
            try rows.map { row in
                try LedgerSecrets.Item(
                    number: row.value("number", of: "secret"), secret: Secret(row.value("value", of: "secret")),
                    isTrusted: row.value("is_trusted", of: "secret"))
            })
    }
}
