package import ICalendar
package import UsherModel

/// The attendees of one event, or of a rule's list, from a CSV file (RFC 4180) whose header names its columns.
package final class AttendeeTable: AttendeePages {
    private let reader: CSVRows
    private let bytes: ByteStream
    private let path: String
    private let event: EventID
    /// The event of rows that name none; nil where each row must name one.
    private let defaultEvent: EventID?
    /// All events of the source; empty for the list of a rule, which belongs to none.
    private let events: [EventID]
    private let columns: [AttendeeColumn: Int]
    private let width: Int
    private let decoder: RecordDecoder

    /// Opens the list of a rule; every row belongs to it.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - list: The list's name in the ledger.
    ///   - zones: The tz database.
    /// - Throws: ``SourceError`` where the file, its header or its `email` column is missing.
    package convenience init(list path: String, as list: RosterID, zones: TimeZoneDatabase) throws(SourceError) {
        // The people on such a list belong to no event: the ledger stores the list in its place.
        let event = EventID(rawValue: list.rawValue)
        try self.init(
            AttendeesCSV(path: path, event: event), event: event, events: [],
            decoder: RecordDecoder(zones: zones, joinHosts: nil))
    }

    /// A tag that changes whenever the file does; nil where the file changed a moment ago, or does not exist.
    package static func tag(of path: String, readAt: Instant) -> String? {
        FileIdentity.tag(of: [path], readAt: readAt)
    }

    init(_ csv: AttendeesCSV, event: EventID, events: [EventID], decoder: RecordDecoder) throws(SourceError) {
        bytes = try ByteStream(path: csv.path)
        reader = CSVRows(bytes, delimiter: csv.delimiter)
        (path, self.event, self.events, self.decoder) = (csv.path, event, events, decoder)
        defaultEvent = csv.event ?? (events.count == 1 ? events.first : nil)
        let header = reader.next()
        if let header, !header.hasEnd { throw Self.cut(csv.path, header.line, "in its header, which has no line end") }
        guard let header, let names = header.fields else {
            throw SourceError(
                .malformed, location: "\(csv.path):1", problem: "no header",
                next: "Begin the file with the names of its columns, such as email,first-name,last-name")
        }
        var columns: [AttendeeColumn: Int] = [:]
        let headers = names.map { Line(cleaning: $0).text.lowercased() }
        for column in AttendeeColumn.allCases {
            columns[column] = headers.firstIndex(of: csv.header(of: column).lowercased())
        }
        let mapped = csv.columns.first { columns[$0.key] == nil }
        if let missing = mapped?.value ?? (columns[.email] == nil ? csv.header(of: .email) : nil) {
            throw SourceError(
                .malformed, location: "\(csv.path):\(header.line)",
                problem:
                    "no column \"\(missing)\" among \(names.map { "\"\(Line(cleaning: $0))\"" }.joined(separator: ", "))",
                next: "Name the columns in the job: attendees: {columns: {email: …}}, or check its delimiter")
        }
        (self.columns, width) = (columns, names.count)
    }

    package func next() async throws(SourceError) -> AttendeePage? { try page() }

    func page() throws(SourceError) -> AttendeePage? {
        var page = AttendeePage(attendees: [], problems: [])
        while page.attendees.count + page.problems.count < Limits.pageAttendees, let row = reader.next() {
            // Complete but for its line end, a last row is what many programs write.
            if !row.hasEnd, (row.fields?.count ?? 0) < width {
                throw Self.cut(path, row.line, "in the middle of a row")
            }
            add(row, to: &page)
        }
        try bytes.check()
        return page.attendees.isEmpty && page.problems.isEmpty ? nil : page
    }

    /// The error for a file of which the rest is missing: it proves nothing about the people who would come after.
    private static func cut(_ path: String, _ line: Int, _ position: String) -> SourceError {
        SourceError(
            .cutShort, location: "\(path):\(line)", problem: "the file ends \(position)",
            next:
                "Check whether it was written to its end. Replace it by renaming a complete file, so that it is never half written"
        )
    }

    /// Whether this pass reports rows that belong to no event; a file is read once for each event, and one pass suffices.
    private var reportsStrays: Bool { events.isEmpty || events.first == event }

    private func add(_ row: CSVRows.Row, to page: inout AttendeePage) {
        let location = "\(path):\(row.line)"
        func refuse(_ problem: String) {
            page.problems.append(RecordProblem(location: location, problem: problem, effect: .refused, event: event))
        }
        guard let fields = row.fields else { return reportsStrays ? refuse(row.problem ?? "an unreadable row") : () }
        guard fields.count == width else {
            return reportsStrays ? refuse("\(fields.count) fields: expected \(width), as in the header") : ()
        }
        let stated = text(.event, fields).map { EventID(rawValue: $0) } ?? defaultEvent
        guard let stated, events.isEmpty || events.contains(stated) else {
            let problem =
                stated.map { "the event \"\($0)\", which the source does not list" }
                ?? "no event: expected its id in a column"
            return reportsStrays ? refuse(problem) : ()
        }
        guard stated == event else { return }
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            page.attendees.append(try attendee(fields, &repairs))
            page.problems += repairs.map {
                RecordProblem(location: location, problem: $0, effect: .repaired, event: event)
            }
        } catch {
            refuse(error.problem)
        }
    }

    private func text(_ column: AttendeeColumn, _ fields: [String]) -> String? {
        guard let index = columns[column], !Line(cleaning: fields[index]).isEmpty else { return nil }
        return fields[index]
    }

    private func attendee(
        _ fields: [String], _ repairs: inout RecordDecoder.Repairs
    ) throws(RecordDecoder.Refused) -> UsherModel.Attendee {
        let address = try decoder.address(text(.email, fields))
        var attendee = UsherModel.Attendee(
            registration: try decoder.registration(text(.id, fields), address), event: event, address: address,
            status: decoder.status(Line(cleaning: text(.status, fields) ?? "").text, &repairs))
        let whole = try decoder.name(text(.name, fields), "name", &repairs)
        let split = whole.text.lastIndex(of: " ")
        attendee.firstName = try decoder.name(
            text(.firstName, fields) ?? split.map { String(whole.text[..<$0]) } ?? whole.text, "first name", &repairs)
        attendee.lastName = try decoder.name(
            text(.lastName, fields) ?? split.map { String(whole.text[$0...]) }, "last name", &repairs)
        attendee.zone = decoder.preferredZone(text(.timeZone, fields), &repairs)
        attendee.language = decoder.preferredLanguage(text(.language, fields), &repairs)
        attendee.registeredAt = decoder.registered(text(.registeredAt, fields), &repairs)
        let chosen = text(.session, fields)?.split { $0 == ";" || $0 == " " || $0 == "," }
            .map { SessionID(rawValue: String($0)) }
        attendee.sessions = chosen?.isEmpty == false ? chosen : nil
        return attendee
    }
}
