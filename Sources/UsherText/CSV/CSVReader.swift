/// Reads comma-separated values (RFC 4180) octet by octet: quotes, doubled quotes, CRLF, LF or CR as line ends.
///
/// It is fed by whoever reads the file, and so knows neither files nor lines, and holds at most one row.
package struct CSVReader: Sendable {
    /// One row.
    package struct Row: Hashable, Sendable {
        /// The fields; octets that are not UTF-8 are replaced.
        package let fields: [String]
        /// Why the fields cannot be trusted; nil if they can.
        package let problem: String?
    }

    private enum Position { case rowStart, fieldStart, plain, quoted, afterQuote }

    private let delimiter: UInt8
    private let maximumBytes: Int
    private let encoding: TextEncoding
    private var position = Position.rowStart
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    private var rowBytes = 0
    private var problem: String?
    private static let quote = UInt8(ascii: "\"")

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - delimiter: What separates fields.
    ///   - maximumBytes: The octets of one row that are kept; a longer row has a problem.
    ///   - encoding: What the text was before it became UTF-8, for the problem of a row that it could not become.
    package init(delimiter: UInt8 = UInt8(ascii: ","), maximumBytes: Int, encoding: TextEncoding = .utf8) {
        (self.delimiter, self.maximumBytes, self.encoding) = (delimiter, maximumBytes, encoding)
    }

    /// Whether the next octet begins a row.
    package var isBetweenRows: Bool { position == .rowStart }

    /// Reads one octet and returns the row that it ends; empty rows are skipped.
    package mutating func read(_ byte: UInt8) -> Row? {
        if position == .quoted {
            if byte == Self.quote { position = .afterQuote } else { append(byte) }
            return nil
        }
        switch byte {
        case 0x0A, 0x0D: return position == .rowStart ? nil : endRow()
        case delimiter:
            endField()
            position = .fieldStart
        case Self.quote: readQuote()
        default:
            if position == .afterQuote { problem = problem ?? "text after a closing quote" }
            append(byte)
            position = .plain
        }
        return nil
    }

    /// Ends the input; returns a last row that has no line end.
    package mutating func finish() -> Row? {
        if position == .quoted { problem = problem ?? "a quoted field that does not end" }
        return position == .rowStart ? nil : endRow()
    }

    /// The row that a single line without its line end holds; nil if it is empty.
    package static func row(ofLine line: ArraySlice<UInt8>, delimiter: UInt8, maximumBytes: Int) -> Row? {
        var reader = CSVReader(delimiter: delimiter, maximumBytes: maximumBytes)
        for byte in line { if let row = reader.read(byte) { return row } }
        return reader.finish()
    }

    private mutating func readQuote() {
        switch position {
        case .rowStart, .fieldStart: position = .quoted
        case .afterQuote:
            append(Self.quote)
            position = .quoted
        case .plain, .quoted:
            problem = problem ?? "a quote inside a field that is not quoted"
            append(Self.quote)
        }
    }

    private mutating func append(_ byte: UInt8) {
        rowBytes += 1
        if rowBytes <= maximumBytes { field.append(byte) }
    }

    private mutating func endField() {
        rowBytes += 1
        if rowBytes <= maximumBytes { fields.append(field) }
        field.removeAll(keepingCapacity: true)
    }

    private mutating func endRow() -> Row {
        fields.append(field)
        if rowBytes > maximumBytes { problem = "a row of more than \(maximumBytes) octets" }
        let texts = fields.map { octets in
            if let text = String(validating: octets, as: UTF8.self) { return text }
            problem = problem ?? "bytes that are not \(encoding.name)"
            return String(decoding: octets, as: UTF8.self)
        }
        defer { self = CSVReader(delimiter: delimiter, maximumBytes: maximumBytes, encoding: encoding) }
        return Row(fields: texts, problem: problem)
    }
}
