package import ICalendar
package import UsherModel

/// The attendees of one event, or of a rule's list, from a CSV file (RFC 4180) whose header names its columns.
package final class AttendeeTable: AttendeePages {
    private let reader: CSVRows
    private let bytes: ByteStream
    private let path: String
    /// The event whose attendees are read; nil for those of every event.
    private let event: EventID?
    /// The event of rows that name none.
    private let defaultEvent: AttendeesCSV.DefaultEvent
    /// All events of the source; empty for the list of a rule, which belongs to none.
    private let events: Set<EventID>
    private let columns: AttendeeColumns
    private let decoder: RecordDecoder
    /// Whether this pass reports what belongs to no event; a file is read once for each event, and one pass suffices.
    private let reportsStrays: Bool
    /// What to say of the file as a whole, once.
    private var remarks: [String] = []
    /// How it is written, and which columns hold what, for a person.
    let summary: String

    /// Opens the list of a rule; every row belongs to it.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - format: How it is written.
    ///   - list: The list's name in the ledger.
    ///   - zones: The tz database.
    /// - Throws: ``SourceError`` where the file, its header or its `email` column is missing.
    package convenience init(
        list path: String, _ format: CSVFormat, as list: RosterID, zones: TimeZoneDatabase
    ) throws(SourceError) {
        // The people on such a list belong to no event: the ledger stores the list in its place.
        let event = EventID(rawValue: list.rawValue)
        try self.init(
            AttendeesCSV(path: path, event: .one(event), format: format), event: event, events: [],
            decoder: RecordDecoder(zones: zones, joinHosts: nil), reportsStrays: true)
    }

    /// A tag that changes whenever the file does, or how it is read; nil where the file changed a moment ago, or does not exist.
    package static func tag(of path: String, _ format: CSVFormat, readAt: Instant) -> String? {
        FileIdentity.tag(of: [path], readAt: readAt).map { Digest.hex(of: [$0, format.tag]) }
    }

    init(
        _ csv: AttendeesCSV, event: EventID?, events: [EventID], decoder: RecordDecoder, reportsStrays: Bool
    ) throws(SourceError) {
        bytes = try ByteStream(path: csv.path)
        let layout = try CSVLayout.of(bytes, csv.format) { AttendeeColumns.areNamed(by: $0, csv.format.columns) }
        try bytes.seek(to: Int64(layout.mark), line: 1)
        reader = CSVRows(bytes, layout)
        (path, self.event, self.events, self.decoder) = (csv.path, event, Set(events), decoder)
        self.reportsStrays = reportsStrays
        defaultEvent =
            if csv.event == .unstated, events.count == 1, let only = events.first { .one(only) } else { csv.event }
        if layout.hasSeparatorLine { _ = reader.next() }
        let header = reader.next()
        if let header, !header.hasEnd { throw Self.cut(csv.path, header.line, "in its header, which has no line end") }
        guard let header, header.problem == nil else {
            throw SourceError(
                .malformed, location: "\(csv.path):\(header?.line ?? 1)", problem: header?.problem ?? "no header",
                next: "Begin the file with the names of its columns, such as email,first-name,last-name")
        }
        do throws(AttendeeColumns.Problem) {
            columns = try AttendeeColumns(header.fields, stated: csv.format.columns)
        } catch {
            throw SourceError(
                .malformed, location: "\(csv.path):\(header.line)", problem: error.problem, next: error.next)
        }
        summary = "\(layout.words), \(columns.words(header.fields))"
        if reportsStrays { remarks = Self.remarks(csv.path, layout, columns) }
    }

    private static func remarks(_ path: String, _ layout: CSVLayout, _ columns: AttendeeColumns) -> [String] {
        var remarks: [String] = []
        if layout.isGuess {
            remarks.append(
                "\(path): read as \(layout.words); if that is wrong, set encoding and delimiter in the job file")
        }
        if !columns.unused.isEmpty {
            let names = columns.unused.prefix(10).map { "\"\($0.prefix(60))\"" }.joined(separator: ", ")
            let more = columns.unused.count > 10 ? " and \(columns.unused.count - 10) more" : ""
            remarks.append("warning: \(path): columns that are not used: \(names)\(more)")
        }
        return remarks
    }

    package func next() async throws(SourceError) -> AttendeePage? { try page() }

    func page() throws(SourceError) -> AttendeePage? {
        var page = AttendeePage(attendees: [], problems: [], remarks: remarks)
        remarks = []
        while page.attendees.count + page.problems.count < Limits.pageAttendees, let row = reader.next() {
            // Complete but for its line end, a last row is what many programs write.
            if !row.hasEnd, row.problem != nil || row.fields.count < columns.width {
                throw Self.cut(path, row.line, "in the middle of a row")
            }
            add(row, to: &page)
        }
        try bytes.check()
        return page.attendees.isEmpty && page.problems.isEmpty && page.remarks.isEmpty ? nil : page
    }

    /// The error for a file of which the rest is missing: it proves nothing about the people who would come after.
    private static func cut(_ path: String, _ line: Int, _ position: String) -> SourceError {
        SourceError(
            .cutShort, location: "\(path):\(line)", problem: "the file ends \(position)",
            next:
                "Check whether it was written to its end. Replace it by renaming a complete file, so that it is never half written"
        )
    }

    private func add(_ row: CSVRows.Row, to page: inout AttendeePage) {
        let location = AttendeeRow.location(row, in: path, columns)
        func refuse(_ problem: String, _ next: String) {
            page.problems.append(
                RecordProblem(location: location, problem: problem, effect: .refused, event: event, next: next))
        }
        if let problem = row.problem { return reportsStrays ? refuse(problem, AttendeeRow.cure(of: problem)) : () }
        guard let fields = columns.fit(row.fields) else {
            return reportsStrays
                ? refuse(
                    "\(row.fields.count) fields: expected \(columns.width), as in the header",
                    "Put a text that contains the delimiter in double quotes") : ()
        }
        // Spreadsheets save the empty rows below a list, too.
        guard fields.contains(where: { !Line(cleaning: $0).isEmpty }) else { return }
        let named = text(.event, fields).map { EventID(rawValue: $0) }
        if let named, !events.isEmpty, !events.contains(named) {
            return reportsStrays
                ? refuse(
                    "the event \"\(named)\", which the source does not list",
                    "Use an id that usher events shows, or remove the row") : ()
        }
        switch (named, defaultEvent) {
        case (let named?, _): guard event == nil || named == event || events.isEmpty else { return }
        case (nil, .any): break
        case (nil, .one(let id)):
            guard event == nil ? events.contains(id) : id == event else {
                if reportsStrays, !events.isEmpty, !events.contains(id) {
                    refuse("the event \"\(id)\", which the source does not list", "Correct event: in the job file")
                }
                return
            }
        case (nil, .unstated):
            return reportsStrays
                ? refuse(
                    "no event", "Name it in a column event, or set event: ID or event: any beside csv: in the job file")
                : ()
        }
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            page.attendees.append(try attendee(fields, of: event ?? named ?? EventID(rawValue: ""), &repairs))
            page.problems += repairs.map {
                RecordProblem(location: location, problem: $0, effect: .repaired, event: event)
            }
        } catch {
            refuse(error.problem, AttendeeRow.correction)
        }
    }

    private func text(_ column: AttendeeColumn, _ fields: [String]) -> String? { columns.text(column, fields) }

    private func attendee(
        _ fields: [String], of event: EventID, _ repairs: inout RecordDecoder.Repairs
    ) throws(RecordDecoder.Refused) -> UsherModel.Attendee {
        let address = try decoder.address(text(.email, fields))
        var attendee = UsherModel.Attendee(
            registration: try decoder.registration(text(.id, fields), address), event: event, address: address,
            status: decoder.status(Line(cleaning: text(.status, fields) ?? "").text, &repairs))
        let whole = try decoder.name(text(.name, fields), "name", &repairs)
        let split = whole.text.lastIndex(of: " ")
        let first = text(.firstName, fields)
        attendee.firstName = try decoder.name(
            first ?? split.map { String(whole.text[..<$0]) } ?? whole.text, "first name", &repairs)
        // Beside a given name, a name of one word is the family name.
        let rest = split.map { String(whole.text[$0...]) } ?? (first == nil ? nil : whole.text)
        attendee.lastName = try decoder.name(text(.lastName, fields) ?? rest, "last name", &repairs)
        attendee.zone = decoder.preferredZone(text(.timeZone, fields), &repairs)
        attendee.language = decoder.preferredLanguage(text(.language, fields), &repairs)
        attendee.registeredAt = decoder.registered(text(.registeredAt, fields), &repairs)
        let chosen = text(.session, fields)?.split { $0 == ";" || $0 == " " || $0 == "," }
            .map { SessionID(rawValue: String($0)) }
        attendee.sessions = chosen?.isEmpty == false ? chosen : nil
        return attendee
    }
}

extension AttendeeColumns {
    /// Whether a row can be the header of a list.
    static func areNamed(by fields: [String], _ stated: [AttendeeColumn: String]) -> Bool {
        do throws(Problem) {
            _ = try AttendeeColumns(fields, stated: stated)
            return true
        } catch {
            return error.isAmbiguous
        }
    }

    /// A row as wide as the header, without the empty fields that spreadsheets add at its end; nil where it is of another width.
    func fit(_ fields: [String]) -> [String]? {
        guard fields.count >= width, fields[width...].allSatisfy({ Line(cleaning: $0).isEmpty }) else { return nil }
        return Array(fields[..<width])
    }

    /// What a row says in a column; nil where it says nothing, or there is no such column.
    func text(_ column: AttendeeColumn, _ fields: [String]) -> String? {
        guard let index = indices[column], index < fields.count, !Line(cleaning: fields[index]).isEmpty else {
            return nil
        }
        return fields[index]
    }
}

/// What a report says of a row.
private enum AttendeeRow {
    /// What to do about a value that cannot be used.
    static let correction = "Correct the row, or remove it"

    /// The file, the line and the person: `people.csv:7: Jana Schäfer`.
    static func location(_ row: CSVRows.Row, in path: String, _ columns: AttendeeColumns) -> String {
        let names = [AttendeeColumn.firstName, .lastName].compactMap { columns.text($0, row.fields) }
        let name = names.isEmpty ? columns.text(.name, row.fields) : names.joined(separator: " ")
        let person = name ?? columns.text(.email, row.fields) ?? row.fields.first { $0.contains("@") }
        let shown = Line(cleaning: String((person ?? "").prefix(80))).text
        return shown.isEmpty ? "\(path):\(row.line)" : "\(path):\(row.line): \(shown)"
    }

    /// What to do about a row that could not be read.
    static func cure(of problem: String) -> String {
        problem.hasPrefix("bytes that are not")
            ? "Save the file as \"CSV UTF-8\", or say encoding: \(CSVFormat.encodings)"
            : "Put the text in double quotes, and double the quotes in it"
    }
}
