internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func beginAttendance(
        of session: SessionKey, under lease: PlanningLease
    ) async throws(LedgerError) -> AttendanceReading {
        let job = lease.job
        return try await write("ledger.begin-attendance", shadowing: Self.tables(job, session)) { db in
            try self.check(lease, db)
            let number = try Int64.fetchOne(
                db,
                sql: """
                    INSERT INTO attendance_reading (job, event, session, started, completed)
                    VALUES (:job, :event, :session, 1, 0)
                    ON CONFLICT DO UPDATE SET started = started + 1 RETURNING started
                    """,
                arguments: Self.arguments(job, session))
            return AttendanceReading(lease: lease, session: session, number: number ?? 1)
        }
    }

    package func observe(_ reading: AttendanceReading, _ records: [AttendanceRecord]) async throws(LedgerError) {
        try await write("ledger.observe-attendance") { db in
            try self.check(reading.lease, db)
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO attendance (job, event, session, reading, who, seconds)
                    VALUES (:job, :event, :session, :reading, :who, :seconds)
                    ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds
                    """)
            for record in records {
                guard let who = Self.who(record) else { continue }
                try statement.execute(
                    arguments: Self.arguments(reading.job, reading.session)
                        + ["reading": reading.number, "who": who, "seconds": max(0, record.seconds)])
            }
        }
    }

    package func completeAttendance(_ reading: AttendanceReading) async throws(LedgerError) {
        try await write("ledger.complete-attendance") { db in
            try self.check(reading.lease, db)
            let arguments = Self.arguments(reading.job, reading.session) + ["reading": reading.number]
            try db.execute(
                sql: """
                    UPDATE attendance_reading SET completed = max(completed, :reading)
                    WHERE job = :job AND event = :event AND session = :session
                    """,
                arguments: arguments)
            try db.execute(
                sql: """
                    DELETE FROM attendance
                    WHERE job = :job AND event = :event AND session = :session AND reading < :reading
                    """,
                arguments: arguments)
        }
    }

    package func attended(
        job: String, session: SessionKey, _ candidates: [Candidate]
    ) async throws(LedgerError) -> [Candidate] {
        try await read(shadowing: Self.tables(job, session)) { db in
            let base = Self.arguments(job, session)
            let completed = try Int64.fetchOne(
                db,
                sql: """
                    SELECT completed FROM attendance_reading
                    WHERE job = :job AND event = :event AND session = :session AND completed > 0
                    """,
                arguments: base)
            guard let completed else { return candidates }
            let statement = try db.cachedStatement(
                sql: """
                    SELECT seconds FROM attendance WHERE job = :job AND event = :event AND session = :session
                    AND reading = :reading AND who = :who
                    """)
            return try candidates.map { candidate in
                var candidate = candidate
                let names = candidate.registrations.flatMap {
                    [Self.who($0.attendee.registration), Self.who($0.attendee.address)]
                }
                candidate.attendedSeconds = try Set(names).reduce(0) { sum, who in
                    let row = try Int.fetchOne(statement, arguments: base + ["reading": completed, "who": who])
                    return sum + (row ?? 0)
                }
                return candidate
            }
        }
    }

    private static func tables(_ job: String, _ session: SessionKey) -> Overlay.Tables {
        .attendance(job: job, event: session.event.rawValue, session: session.session.rawValue)
    }

    /// The digest under which a registration is stored among those who came.
    static func who(_ registration: RegistrationID) -> String {
        Digest.hex(of: ["registration", registration.rawValue])
    }

    /// The digest under which an address is stored among those who came; its case does not matter, since directories differ in it.
    static func who(_ address: Address) -> String { Digest.hex(of: ["address", address.text.lowercased()]) }

    private static func who(_ record: AttendanceRecord) -> String? {
        if let registration = record.registration { return who(registration) }
        return record.address.map { who($0) }
    }

    private static func arguments(_ job: String, _ session: SessionKey) -> StatementArguments {
        ["job": job, "event": session.event.rawValue, "session": session.session.rawValue]
    }
}
