package import UsherJob
internal import UsherModel
package import UsherText

/// What a job file says about how a list is written: a CSV file of attendees, or of the recipients of a rule.
package struct CSVFormat: Hashable, Sendable {
    /// What separates two fields; nil where the file itself shows it.
    package let delimiter: UInt8?
    /// Nil where the file itself shows it.
    package let encoding: TextEncoding?
    /// The header names of columns that go by another name than those that Usher knows.
    package let columns: [AttendeeColumn: String]

    /// The keys that a job file may use.
    static let keys = ["delimiter", "encoding", "columns"]
    /// The encodings that a job file may name.
    static let encodings = "utf-8, utf-16, utf-16le, utf-16be or windows-1252"

    package init(
        delimiter: UInt8? = nil, encoding: TextEncoding? = nil, columns: [AttendeeColumn: String] = [:]
    ) {
        (self.delimiter, self.encoding, self.columns) = (delimiter, encoding, columns)
    }

    /// Reads the options from a mapping that allows ``keys``.
    init(_ map: JobMap) {
        delimiter = map.parsed("delimiter", "one character: , ; | or a tab") { text in
            [",": 44, ";": 59, "|": 124, "\t": 9, "tab": 9][text]
        }
        encoding = map.parsed("encoding", Self.encodings) { text in
            // With a mark, utf-16 is what the mark says; without one, the low octet comes first, as Windows writes it.
            text.lowercased() == "utf-16" ? .utf16LittleEndian : TextEncoding(rawValue: text.lowercased())
        }
        let names = AttendeeColumn.allCases.map(\.rawValue)
        let columns = map["columns"].flatMap { JobMap($0, map.problems, keys: names) }
        var mapped: [AttendeeColumn: String] = [:]
        for column in AttendeeColumn.allCases { mapped[column] = columns?.text(column.rawValue) }
        self.columns = mapped
    }

    /// Reads the options from a rule's `to: {csv: …}`.
    package init(rule node: JobNode, _ problems: JobProblems) {
        if let map = JobMap(node, problems, keys: ["addresses", "csv"] + Self.keys) {
            self.init(map)
        } else {
            self.init()
        }
    }

    /// What a tag contains of it: a list that is read in another way is another list.
    package var tag: String {
        let names = columns.map { "\($0.key.rawValue)=\($0.value)" }.sorted()
        return Digest.hex(of: [delimiter.map { "\($0)" } ?? "", encoding?.rawValue ?? ""] + names)
    }
}
