internal import UsherModel

/// Reads comma-separated values (RFC 4180): quotes, doubled quotes, line breaks inside quotes, CRLF, LF or CR; one row at a time.
final class CSVReader {
    private let bytes: ByteStream
    private let delimiter: UInt8
    private static let quote = UInt8(ascii: "\"")

    /// One row.
    struct Row {
        /// The line in which it begins.
        let line: Int
        /// Its fields; nil where the row could not be read.
        let fields: [String]?
        /// Why it could not.
        let problem: String?
    }

    init(_ bytes: ByteStream, delimiter: UInt8) {
        (self.bytes, self.delimiter) = (bytes, delimiter)
    }

    /// The next row that is not empty; nil after the last.
    func next() -> Row? {
        while let first = bytes.peek() {
            guard first == 0x0A || first == 0x0D else { return row() }
            _ = bytes.next()
        }
        return nil
    }

    private func row() -> Row {
        let line = bytes.line
        var fields: [[UInt8]] = [[]]
        var size = 0
        var problem: String?
        while let byte = bytes.next() {
            size += 1
            if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D, bytes.peek() == 0x0A { _ = bytes.next() }
                break
            } else if byte == delimiter {
                fields.append([])
            } else if byte == Self.quote, fields[fields.count - 1].isEmpty {
                let (text, found) = quoted()
                size += text.count
                problem = problem ?? found
                fields[fields.count - 1] = text
            } else {
                if byte == Self.quote { problem = problem ?? "a quote inside a field that is not quoted" }
                if size <= Limits.recordBytes { fields[fields.count - 1].append(byte) }
            }
        }
        if size > Limits.recordBytes { problem = "a row of more than \(Limits.recordBytes) octets" }
        let texts = fields.compactMap { String(validating: $0, as: UTF8.self) }
        if texts.count < fields.count { problem = problem ?? "bytes that are not UTF-8" }
        return Row(line: line, fields: problem == nil ? texts : nil, problem: problem)
    }

    /// The rest of a quoted field, to its closing quote and on to the next delimiter or line end.
    private func quoted() -> ([UInt8], String?) {
        var text: [UInt8] = []
        var isTooLong = false
        while let byte = bytes.next() {
            if byte == Self.quote {
                guard bytes.peek() == Self.quote else {
                    return (text, isTooLong ? "a field of more than \(Limits.recordBytes) octets" : afterQuote())
                }
                _ = bytes.next()
            }
            if text.count < Limits.recordBytes { text.append(byte) } else { isTooLong = true }
        }
        return (text, "a quoted field that does not end")
    }

    private func afterQuote() -> String? {
        guard let byte = bytes.peek(), byte != delimiter, byte != 0x0A, byte != 0x0D else { return nil }
        return "text behind a closing quote"
    }
}
