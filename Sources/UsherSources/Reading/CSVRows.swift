internal import UsherModel
internal import UsherText

/// The rows of a CSV file, one at a time.
final class CSVRows {
    private let bytes: ByteStream
    private var reader: CSVReader

    /// One row.
    struct Row {
        /// The line in which it begins.
        let line: Int
        /// Its fields; nil if the row could not be read.
        let fields: [String]?
        /// Why it could not be read.
        let problem: String?
        /// Whether it has a line end; the last row of a file may lack it.
        let hasEnd: Bool
    }

    init(_ bytes: ByteStream, delimiter: UInt8) {
        self.bytes = bytes
        reader = CSVReader(delimiter: delimiter, maximumBytes: Limits.recordBytes)
    }

    /// The next row that is not empty; nil after the last.
    func next() -> Row? {
        var line = bytes.line
        while let byte = bytes.next() {
            if let row = reader.read(byte) { return Row(row, line, hasEnd: true) }
            if reader.isBetweenRows { line = bytes.line }
        }
        return reader.finish().map { Row($0, line, hasEnd: false) }
    }
}

extension CSVRows.Row {
    fileprivate init(_ row: CSVReader.Row, _ line: Int, hasEnd: Bool) {
        self.init(line: line, fields: row.problem == nil ? row.fields : nil, problem: row.problem, hasEnd: hasEnd)
    }
}
