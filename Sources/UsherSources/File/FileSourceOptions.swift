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

/// A CSV file of attendees.
package struct AttendeesCSV: Hashable, Sendable {
    /// The event of rows that name none.
    package enum DefaultEvent: Hashable, Sendable {
        /// The job file does not say: the source's only event, where it has one.
        case unstated
        /// This one.
        case one(EventID)
        /// Every event of the source.
        case any
    }

    /// The file.
    package let path: String
    package let event: DefaultEvent
    package let format: CSVFormat

    package init(path: String, event: DefaultEvent = .unstated, format: CSVFormat = CSVFormat()) {
        (self.path, self.event, self.format) = (path, event, format)
    }

    init?(_ node: JobNode, _ problems: JobProblems, folder: String) {
        guard let map = JobMap(node, problems, keys: ["csv", "event"] + CSVFormat.keys),
            map.required("csv", "a CSV file") != nil, let path = map.path("csv", in: folder)
        else { return nil }
        self.path = path
        event = map.text("event").map { $0 == "any" ? .any : .one(EventID(rawValue: $0)) } ?? .unstated
        format = CSVFormat(map)
    }
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
