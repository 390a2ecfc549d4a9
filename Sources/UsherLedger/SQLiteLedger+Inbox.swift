internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func inboxPosition(job: String, mailbox: String) async throws(LedgerError) -> InboxPosition? {
        try await read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT validity, last_uid FROM inbox_position WHERE job = ? AND mailbox = ?",
                arguments: [job, mailbox])
            return row.map { InboxPosition(validity: $0["validity"], lastUID: $0["last_uid"]) }
        }
    }

    package func file(
        _ facts: [InboxFact], at position: InboxPosition, job: String, mailbox: String, now: Instant
    ) async throws(LedgerError) -> [InboxFiling] {
        try await writeWitnessed(
            "ledger.file-inbox", now: now, shadowing: .people(facts: facts, job: job),
            when: { $0.contains(.suppressed) }
        ) { db in
            let filings = try facts.map { try Self.file($0, db, job: job, now: now) }
            try db.execute(
                sql: """
                    INSERT INTO inbox_position (job, mailbox, validity, last_uid, at)
                    VALUES (:job, :mailbox, :validity, :uid, :now)
                    ON CONFLICT DO UPDATE SET validity = :validity, at = :now,
                        last_uid = CASE WHEN validity = :validity THEN max(last_uid, :uid) ELSE :uid END
                    """,
                arguments: [
                    "job": job, "mailbox": mailbox, "validity": Int64(position.validity),
                    "uid": Int64(position.lastUID), "now": now.secondsSince1970,
                ])
            return filings
        }
    }

    package func replies(job: String?, session: String?, limit: Int) async throws(LedgerError) -> [ReplyRow] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT r.*, s.snapshot, (SELECT max(address) FROM delivery d WHERE d.recipient = r.recipient) AS address
                    FROM calendar_reply r
                    LEFT JOIN session s ON s.job = r.job AND s.event = r.event AND s.id = r.session
                    WHERE (:job IS NULL OR r.job = :job) AND (:session IS NULL OR r.session = :session)
                    ORDER BY r.job, r.event, r.session, r.answer, address LIMIT :limit
                    """,
                arguments: ["job": job, "session": session, "limit": limit])
            return try rows.compactMap { try ReplyRow(row: $0) }
        }
    }

    // MARK: Filing

    private static func file(_ fact: InboxFact, _ db: Database, job: String, now: Instant) throws -> InboxFiling {
        switch fact {
        case .report(let mail, let addresses, let outcome, let evidence):
            try fileReport(db, mail, addresses, outcome, evidence, now)
        case .unsubscribe(let address, let origin): try fileUnsubscription(db, address, origin, now)
        case .unsubscribeByToken(let token): try fileUnsubscription(db, token, now)
        case .reply(let session, let attendee, let origin, let answer, let sequence, let stamp):
            try fileReply(
                db, ["job": job, "event": session.event.rawValue, "session": session.session.rawValue], attendee,
                origin,
                [
                    "answer": answer.rawValue, "sequence": sequence, "stamp": stamp.secondsSince1970,
                    "now": now.secondsSince1970,
                ], answer)
        }
    }

    /// For how long a report counts on a mail that a version without secrets sent: its id can be computed.
    private static let guessableAge: Int64 = 30 * 86_400

    /// What is stored of one delivery, however many reports its recipient sends.
    private static let mostAttempts = 100

    /// The bounds of the keys with which an id can begin.
    static func keys(of mail: String) -> StatementArguments {
        let digits = String(mail.prefix(DeliveryID.keyDigits))
        return ["low": digits, "high": digits + "g"]
    }

    /// A report counts once, for a mail that left, and only where it has that mail's id and names the address that it went to: whoever
    /// forges one must have received that mail, and can only stop mail to the same address.
    private static func fileReport(
        _ db: Database, _ mail: String, _ addresses: [Address], _ outcome: ReportOutcome, _ evidence: Evidence,
        _ now: Instant
    ) throws -> InboxFiling {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT key, secret, recipient, address, finished_at FROM delivery
                WHERE key >= :low AND key < :high AND coalesce(told_order, doubted_order) IS NOT NULL
                """,
            arguments: keys(of: mail))
        let secrets = try secrets(db)
        let row = rows.first { row in
            guard let key = DedupeKey(hex: row["key"]) else { return false }
            let number: Int? = row["secret"]
            guard (secrets?.id(of: key, under: number) ?? DeliveryID(key)).short == mail else { return false }
            let finished: Int64? = row["finished_at"]
            let isRecent = finished.map { $0 > now.secondsSince1970 - guessableAge } ?? true
            return number == nil ? isRecent : secrets?.isTrusted(number) ?? true
        }
        guard let row else { return .refused("no mail that this ledger sent has the Message-ID \(mail)…") }
        let recipient: String = row["recipient"]
        let address: String? = row["address"]
        let isNamed = addresses.contains { Recipient.person($0).id.rawValue == recipient }
        guard isNamed else {
            return .refused("the mail \(mail.prefix(12)) did not go to the address that the report names")
        }
        try db.execute(
            sql: """
                INSERT INTO attempt (key, at, outcome, text) SELECT :key, :now, :outcome, :text
                WHERE (SELECT count(*) FROM attempt WHERE key = :key) < :most AND NOT EXISTS (
                    SELECT 1 FROM attempt WHERE key = :key AND outcome = :outcome AND (text IS :text OR :once))
                """,
            arguments: [
                "key": row["key"] as String, "now": now.secondsSince1970, "outcome": outcome.rawValue,
                "most": mostAttempts, "once": outcome == .gone, "text": address == nil ? nil : evidence.text.text,
            ])
        let isNew = db.changesCount > 0
        guard isNew else { return .known }
        switch outcome {
        case .gone:
            // Only the code: the text of another server may name the person, and the reason stays when the person is forgotten.
            let code = evidence.text.text.prefix { $0 != " " }
            let isSuppressed = try suppress(db, recipient, address: address, reason: "bounced: \(code)", now: now)
            return isSuppressed ? .suppressed : .known
        case .failed, .delayed: return .noted
        }
    }

    private static func fileUnsubscription(
        _ db: Database, _ token: UnsubscribeToken, _ now: Instant
    ) throws -> InboxFiling {
        guard let isNew = try suppress(db, token, reason: "unsubscribed by mail", now: now) else {
            return .refused("a token to unsubscribe that this ledger did not make, or that was revoked")
        }
        return isNew ? .suppressed : .known
    }

    private static func fileUnsubscription(
        _ db: Database, _ address: Address, _ origin: InboxFact.Origin, _ now: Instant
    ) throws -> InboxFiling {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT recipient, address FROM delivery
                WHERE recipient = ? AND coalesce(told_order, doubted_order) IS NOT NULL LIMIT 1
                """,
            arguments: [Recipient.person(address).id.rawValue])
        guard let row else { return .refused("\(address) asks to unsubscribe, and was never written to") }
        guard origin == .proven else {
            let isKnown = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM suppression WHERE recipient = ?)",
                arguments: [row["recipient"] as String])
            if isKnown ?? false { return .known }
            return .refused(
                "\(address) asks to unsubscribe, and no server that inbox: trust names says who sent that. If you believe it: usher ledger suppress \(address)"
            )
        }
        let isNew = try suppress(
            db, row["recipient"], address: row["address"], reason: "unsubscribed by mail", now: now)
        return isNew ? .suppressed : .known
    }

    private static func fileReply(
        _ db: Database, _ session: StatementArguments, _ attendee: Address, _ origin: InboxFact.Origin,
        _ content: StatementArguments, _ answer: CalendarAnswer
    ) throws -> InboxFiling {
        let recipient = try String.fetchOne(
            db,
            sql: """
                SELECT recipient FROM delivery WHERE job = :job AND event = :event AND session = :session
                    AND recipient = :recipient AND coalesce(told_order, doubted_order) IS NOT NULL LIMIT 1
                """,
            arguments: session + ["recipient": Recipient.person(attendee).id.rawValue])
        guard let recipient else { return .refused("\(attendee) answers an invitation that was not sent there") }
        guard origin == .proven else {
            return .refused(
                "\(attendee) answers “\(answer.rawValue)”, and no server that inbox: trust names says who sent that; it is not recorded"
            )
        }
        // RFC 5546 §2.1.5: the higher SEQUENCE, and of one SEQUENCE the later DTSTAMP.
        try db.execute(
            sql: """
                INSERT INTO calendar_reply (job, event, session, recipient, answer, sequence, stamp, at)
                VALUES (:job, :event, :session, :recipient, :answer, :sequence, :stamp, :now)
                ON CONFLICT DO UPDATE SET answer = :answer, sequence = :sequence, stamp = :stamp, at = :now
                WHERE (excluded.sequence, excluded.stamp) > (calendar_reply.sequence, calendar_reply.stamp)
                """,
            arguments: session + content + ["recipient": recipient])
        return db.changesCount > 0 ? .answered(answer) : .known
    }
}

extension ReplyRow {
    fileprivate init?(row: Row) throws {
        guard let answer = CalendarAnswer(rawValue: row["answer"]) else { return nil }
        let snapshot: String? = row["snapshot"]
        self.init(
            job: row["job"],
            session: SessionKey(event: EventID(rawValue: row["event"]), session: SessionID(rawValue: row["session"])),
            subject: try snapshot.map { try Snapshot.value(Session.self, $0).subject } ?? Line(cleaning: ""),
            attendee: row["address"] ?? "(forgotten)", answer: answer, stamp: Instant(secondsSince1970: row["stamp"]))
    }
}
