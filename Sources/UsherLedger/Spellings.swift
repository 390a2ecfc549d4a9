internal import GRDB
internal import UsherModel

/// Unites what earlier versions kept apart: rows under the ids of several spellings of one address.
///
/// The keys of deliveries stay as they are. They were made with the earlier id, which is kept, so that the planner finds them.
enum Spellings {
    /// Unites everyone of whom the ledger holds a spelling that is not the common one.
    static func unifyAll(_ db: Database) throws {
        let texts = try String.fetchAll(
            db,
            sql: """
                SELECT DISTINCT address FROM (
                    SELECT address FROM delivery UNION ALL SELECT address FROM suppression
                    UNION ALL SELECT attendee ->> '$.address' FROM registration)
                WHERE address <> lower(address) OR address GLOB '*[^ -~]*'
                """)
        for text in texts { if let address = Self.address(text) { try unify(address, db) } }
    }

    /// Unites what is stored under the earlier id of this spelling, if there is anything.
    static func unify(_ address: Address, _ db: Database) throws {
        let person = Recipient.person(address)
        guard let earlier = person.earlierID?.rawValue else { return }
        let ids: StatementArguments = ["earlier": earlier, "recipient": person.id.rawValue]
        let isKnown = try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM delivery WHERE recipient = :earlier)
                        OR EXISTS (SELECT 1 FROM suppression WHERE recipient = :earlier)
                        OR EXISTS (SELECT 1 FROM registration WHERE recipient = :earlier)
                    """),
            arguments: ["earlier": earlier])
        guard isKnown == true else { return }
        for statement in statements { try db.execute(sql: statement, arguments: ids) }
    }

    private static let statements = [
        "INSERT INTO recipient_spelling (earlier, recipient) VALUES (:earlier, :recipient) ON CONFLICT DO NOTHING",
        "UPDATE delivery SET recipient = :recipient WHERE recipient = :earlier",
        "UPDATE registration SET recipient = :recipient WHERE recipient = :earlier",
        "UPDATE OR IGNORE suppression SET recipient = :recipient WHERE recipient = :earlier",
        "DELETE FROM suppression WHERE recipient = :earlier AND :recipient <> :earlier",
        "UPDATE OR REPLACE calendar_reply SET recipient = :recipient WHERE recipient = :earlier",
    ]

    private static func address(_ text: String) -> Address? {
        do throws(Address.Problem) { return try Address(text) } catch { return nil }
    }
}
