internal import UsherModel
internal import UsherText

/// How a CSV file is written: its encoding and what separates its fields, as the job file says or as the file shows.
struct CSVLayout: Hashable, Sendable {
    let encoding: TextEncoding
    /// The octets of the byte order mark.
    let mark: Int
    let delimiter: UInt8
    /// Whether its first line is Excel's `sep=;`, which is no row.
    let hasSeparatorLine: Bool
    /// Whether it was found out without the job file's help, and is not UTF-8 with commas, which every program expects.
    let isGuess: Bool

    private static let delimiters: [(octet: UInt8, name: String)] = [
        (UInt8(ascii: ","), "commas"), (UInt8(ascii: ";"), "semicolons"), (0x09, "tabs"), (UInt8(ascii: "|"), "bars"),
    ]

    /// Reads a whole file to see how it is written.
    ///
    /// - Parameters:
    ///   - bytes: The file, from its beginning.
    ///   - format: What the job file says about it.
    ///   - isHeader: Whether fields can be the names of the columns; they decide between delimiters.
    /// - Returns: How it is written.
    /// - Throws: ``SourceError`` where the encoding is none of those that Usher reads.
    static func of(
        _ bytes: ByteStream, _ format: CSVFormat, isHeader: ([String]) -> Bool
    ) throws(SourceError) -> CSVLayout {
        let (encoding, mark) = try encoding(of: bytes, format)
        try bytes.seek(to: Int64(mark), line: 1)
        var lines = HeaderLines(encoding)
        let first = lines.next(bytes)
        let separator = first.flatMap(Self.separator)
        let header = separator == nil ? first : lines.next(bytes)
        let delimiter = format.delimiter ?? separator ?? Self.delimiter(of: header ?? [], isHeader: isHeader)
        try bytes.check()
        return CSVLayout(
            encoding: encoding, mark: mark, delimiter: delimiter, hasSeparatorLine: separator != nil,
            isGuess: isGuess(format, encoding, delimiter))
    }

    /// Encoding and delimiter, for a person.
    var words: String {
        let separated =
            Self.delimiters.first { $0.octet == delimiter }?.name ?? "\"\(Character(Unicode.Scalar(delimiter)))\""
        return "\(encoding.name), separated by \(separated)"
    }

    private static func encoding(
        of bytes: ByteStream, _ format: CSVFormat
    ) throws(SourceError) -> (TextEncoding, mark: Int) {
        if bytes.hasMark { return (.utf8, 3) }
        var detector = EncodingDetector()
        while let octet = bytes.next() { detector.read(octet) }
        try bytes.check()
        switch (detector.finding(), format.encoding) {
        // A mark is certain, whatever the job file says.
        case (.encoding(let found, let mark), _) where mark > 0: return (found, mark)
        case (_, let stated?): return (stated, 0)
        case (.encoding(let found, let mark), nil): return (found, mark)
        case (.unclear(let line), nil):
            throw SourceError(
                .malformed, location: "\(bytes.path):\(line)",
                problem: "characters that are not UTF-8, and make no sense as UTF-16 or Windows-1252",
                next: "Save the file as \"CSV UTF-8\", or set encoding: \(CSVFormat.encodings) in the job file")
        }
    }

    /// The separator that a line such as `sep=;` names.
    private static func separator(_ line: [UInt8]) -> UInt8? {
        let text = String(decoding: line, as: UTF8.self)
        guard line.count == 5, text.lowercased().hasPrefix("sep=") else { return nil }
        return line.last
    }

    /// The delimiter with which the first row is a header, or else the one that occurs most.
    private static func delimiter(of header: [UInt8], isHeader: ([String]) -> Bool) -> UInt8 {
        let candidates = delimiters.map { candidate in
            let row = CSVReader.row(
                ofLine: header[...], delimiter: candidate.octet, maximumBytes: Limits.recordBytes)
            return (octet: candidate.octet, fields: row?.fields ?? [])
        }
        let good = candidates.filter { isHeader($0.fields) }
        let best = (good.isEmpty ? candidates : good).max { left, right in left.fields.count < right.fields.count }
        // With a single column, nothing separates, and every delimiter does as well as the usual one.
        guard let best, best.fields.count > 1 else { return UInt8(ascii: ",") }
        return best.octet
    }

    private static func isGuess(_ format: CSVFormat, _ encoding: TextEncoding, _ delimiter: UInt8) -> Bool {
        let isPlain = encoding == .utf8 || format.encoding != nil
        return !isPlain || delimiter != UInt8(ascii: ",") && format.delimiter == nil
    }
}

/// The first lines of a file, in UTF-8 and without their ends; a line may go on within quotes.
private struct HeaderLines {
    private var transcoder: UTF8Transcoder

    init(_ encoding: TextEncoding) { transcoder = UTF8Transcoder(encoding) }

    /// The next line; nil at the end of the file.
    mutating func next(_ bytes: ByteStream) -> [UInt8]? {
        var line: [UInt8] = []
        var isQuoted = false
        var isDone = false
        func read(_ octet: UInt8) {
            if octet == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard !isQuoted, octet == 0x0A || octet == 0x0D else { return line.append(octet) }
            // Empty lines before the header, and the LF of a CRLF, are none.
            if !line.isEmpty { isDone = true }
        }
        while !isDone, line.count < Limits.recordBytes, let byte = bytes.next() { transcoder.read(byte, read) }
        return line.isEmpty ? nil : line
    }
}
