internal import GRDB
package import UsherModel

/// One reading of who came to a session.
package struct AttendanceReading: Hashable, Sendable {
    let job: String
    let session: SessionKey
    let number: Int64
}

extension Ledger {
    /// Starts to read who came to a session; a reading that is never completed says nothing.
    ///
    /// - Throws: ``LedgerError``.
    package func beginAttendance(job: String, session: SessionKey) throws(LedgerError) -> AttendanceReading {
        try write("ledger.begin-attendance") { db in
            let number = try Int64.fetchOne(
                db,
                sql: """
                    INSERT INTO attendance_reading (job, event, session, started, completed)
                    VALUES (:job, :event, :session, 1, 0)
                    ON CONFLICT DO UPDATE SET started = started + 1 RETURNING started
                    """,
                arguments: Self.arguments(job, session))
            return AttendanceReading(job: job, session: session, number: number ?? 1)
        }
    }

    /// Adds one page; several records of one person (several reports) add up.
    ///
    /// Who it is stands there as a digest only: of the registration where the record names one, else of the address.
    ///
    /// - Throws: ``LedgerError``.
    package func observe(_ reading: AttendanceReading, _ records: [AttendanceRecord]) throws(LedgerError) {
        try write("ledger.observe-attendance") { db in
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

    /// The reports were read to their end: this reading is what is known from now on.
    ///
    /// - Throws: ``LedgerError``.
    package func completeAttendance(_ reading: AttendanceReading) throws(LedgerError) {
        try write("ledger.complete-attendance") { db in
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

    /// Adds to each candidate how long they were in a session, in seconds; nothing where no reading was completed.
    ///
    /// - Throws: ``LedgerError``.
    package func attended(
        job: String, session: SessionKey, _ candidates: [Candidate]
    ) throws(LedgerError) -> [Candidate] {
        try read { db in
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

    /// What stands for a registration among those who came.
    static func who(_ registration: RegistrationID) -> String {
        Digest.hex(of: ["registration", registration.rawValue])
    }

    /// What stands for an address among those who came, in whatever case a directory writes it.
    static func who(_ address: Address) -> String { Digest.hex(of: ["address", address.text.lowercased()]) }

    private static func who(_ record: AttendanceRecord) -> String? {
        if let registration = record.registration { return who(registration) }
        return record.address.map { who($0) }
    }

    private static func arguments(_ job: String, _ session: SessionKey) -> StatementArguments {
        ["job": job, "event": session.event.rawValue, "session": session.session.rawValue]
    }
}
