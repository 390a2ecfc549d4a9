package import UsherJob
package import UsherModel

/// The options of a source of kind `file`.
package struct FileSourceOptions: Hashable, Sendable {
    /// A JSON file in Graph's shapes, or a folder of them.
    package let path: String
    /// More attendees, beside those in the JSON.
    package let attendees: AttendeesCSV?

    package init(path: String, attendees: AttendeesCSV?) {
        (self.path, self.attendees) = (path, attendees)
    }

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String) {
        guard let map = JobMap(kind.node, problems, keys: ["kind", "path", "attendees"]),
            map.required("path", "a JSON file or a folder of them") != nil, let path = map.path("path", in: folder)
        else { return nil }
        self.path = path
        attendees = map["attendees"].flatMap { AttendeesCSV($0, problems, folder: folder) }
    }
}

/// A CSV file of attendees and the names of its columns.
package struct AttendeesCSV: Hashable, Sendable {
    /// The file.
    package let path: String
    /// The event of all rows; nil where a column names it, or the source has one event only.
    package let event: EventID?
    /// The byte between two fields.
    package let delimiter: UInt8
    /// The header names of columns whose names differ from ``AttendeeColumn``.
    package let columns: [AttendeeColumn: String]

    package init(
        path: String, event: EventID? = nil, delimiter: UInt8 = UInt8(ascii: ","),
        columns: [AttendeeColumn: String] = [:]
    ) {
        (self.path, self.event, self.delimiter, self.columns) = (path, event, delimiter, columns)
    }

    init?(_ node: JobNode, _ problems: JobProblems, folder: String) {
        guard let map = JobMap(node, problems, keys: ["csv", "event", "delimiter", "columns"]),
            map.required("csv", "a CSV file") != nil, let path = map.path("csv", in: folder)
        else { return nil }
        self.path = path
        event = map.text("event").map { EventID(rawValue: $0) }
        delimiter =
            map.parsed("delimiter", "one character: , ; | or a tab") { text in
                [",": 44, ";": 59, "|": 124, "\t": 9, "tab": 9][text]
            } ?? UInt8(ascii: ",")
        let names = AttendeeColumn.allCases.map(\.rawValue)
        let columns = map["columns"].flatMap { JobMap($0, problems, keys: names) }
        var mapped: [AttendeeColumn: String] = [:]
        for column in AttendeeColumn.allCases { mapped[column] = columns?.text(column.rawValue) }
        self.columns = mapped
    }

    /// The header name of a column.
    func header(of column: AttendeeColumn) -> String { columns[column] ?? column.rawValue }
}

/// A column of a CSV file of attendees.
package enum AttendeeColumn: String, Hashable, Sendable, CaseIterable {
    /// The event's id.
    case event
    /// The registration's id; derived from the address where there is none.
    case id
    /// The address; required.
    case email
    /// The full name, split at its last blank.
    case name
    /// The given name.
    case firstName = "first-name"
    /// The family name.
    case lastName = "last-name"
    /// `registered` (the default), `canceled`, `waitlisted`, …
    case status
    /// An IANA or Windows zone.
    case timeZone = "time-zone"
    /// A language tag.
    case language
    /// An RFC 3339 time.
    case registeredAt = "registered-at"
    /// The ids of the chosen sessions, separated by blanks or semicolons; empty means all.
    case session
}
