internal import UsherModel
internal import UsherText

/// The rows of a CSV file, one at a time.
final class CSVRows {
    private let bytes: ByteStream
    private var transcoder: UTF8Transcoder
    private var reader: CSVReader
    /// The line of the next octet; the first is 1.
    private var line = 1
    private var isAfterReturn = false

    /// One row.
    struct Row {
        /// The line in which it begins.
        let line: Int
        /// Its fields; where it could not be read, as much of them as is known.
        let fields: [String]
        /// Why it could not be read; nil if it could.
        let problem: String?
        /// Whether it has a line end; the last row of a file may lack it.
        let hasEnd: Bool
    }

    /// Reads the rows that begin at the next octet.
    init(_ bytes: ByteStream, _ layout: CSVLayout) {
        self.bytes = bytes
        transcoder = UTF8Transcoder(layout.encoding)
        reader = CSVReader(
            delimiter: layout.delimiter, maximumBytes: Limits.recordBytes, encoding: layout.encoding)
    }

    /// The next row that is not empty; nil after the last.
    func next() -> Row? {
        var start = line
        var row: CSVReader.Row?
        func read(_ octet: UInt8) {
            if let ended = reader.read(octet) { row = ended }
            count(octet)
            if reader.isBetweenRows, row == nil { start = line }
        }
        while let byte = bytes.next() {
            transcoder.read(byte, read)
            if let row { return Row(row, start, hasEnd: true) }
        }
        transcoder.finish(read)
        return row.map { Row($0, start, hasEnd: true) } ?? reader.finish().map { Row($0, start, hasEnd: false) }
    }

    /// Counts lines, whether they end with LF, CRLF or CR.
    private func count(_ octet: UInt8) {
        if octet == 0x0D || (octet == 0x0A && !isAfterReturn) { line += 1 }
        isAfterReturn = octet == 0x0D
    }
}

extension CSVRows.Row {
    fileprivate init(_ row: CSVReader.Row, _ line: Int, hasEnd: Bool) {
        self.init(line: line, fields: row.fields, problem: row.problem, hasEnd: hasEnd)
    }
}
