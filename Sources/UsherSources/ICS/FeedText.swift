internal import UsherText

/// The bytes of a calendar in UTF-8, in whatever form they came.
///
/// RFC 5545 §3.1.4 asks for UTF-8, or for the charset that the server states; vCalendar 1.0 states charset and quoted-printable with each
/// property. What is valid UTF-8 is UTF-8, since text in another charset hardly ever is. Octets of which nothing says what they are count as
/// Windows-1252, and none becomes U+FFFD.
struct FeedText {
    /// A calendar in UTF-8.
    private(set) var bytes: [UInt8] = []
    /// The charset that the server states; nil where it states none.
    private let charset: String?
    /// Lines that were read as Windows-1252 for want of anything better.
    private var western = 0
    /// Lines that had octets that are not UTF-8, within text that is.
    private var damaged = 0

    private static let feed = UInt8(ascii: "\n")
    private static let colon = UInt8(ascii: ":")
    /// U+FFFD in UTF-8: what programs write in place of a character that they have lost.
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// Reads a calendar.
    ///
    /// - Parameters:
    ///   - raw: As it was fetched.
    ///   - type: `Content-Type` of the response; nil where there is none.
    init(_ raw: [UInt8], type: String? = nil) {
        charset = type.flatMap { MediaType($0)["charset"] }
        var raw = Self.fromUTF16(raw, charset) ?? raw
        if !raw.contains(Self.feed) { raw = raw.map { $0 == 0x0D ? Self.feed : $0 } }
        if Self.isUTF8(raw), !Self.contains(raw, "quoted-printable"), !Self.hasReplacement(raw[...]) {
            bytes = raw
        } else {
            bytes.reserveCapacity(raw.count)
            read(raw)
        }
    }

    /// What to say of it.
    var remarks: [String] {
        var remarks: [String] = []
        if western > 0 {
            remarks.append("\(Self.lines(western)) not in UTF-8, read as Windows-1252: let the calendar be in UTF-8")
        }
        if damaged > 0 {
            remarks.append("\(Self.lines(damaged)) with characters that were lost on the way, and are left out")
        }
        return remarks
    }

    private static func lines(_ count: Int) -> String { count == 1 ? "1 line" : "\(count) lines" }

    // MARK: Lines

    private mutating func read(_ raw: [UInt8]) {
        var position = 0
        while position < raw.count {
            var line = Self.physicalLine(raw, &position)
            let head = Self.head(line)
            let isQuoted = Self.contains(Array(line[..<head]), "quoted-printable")
            while position < raw.count {
                if isQuoted, line.last == UInt8(ascii: "=") {
                    // A soft line break (RFC 2045 §6.7): what follows is text, also a blank.
                    line.removeLast()
                    line += Self.physicalLine(raw, &position)
                } else if raw[position] == 0x20 || raw[position] == 0x09 {
                    position += 1
                    line += Self.physicalLine(raw, &position)
                } else {
                    break
                }
            }
            // A line without a colon may have lost its last octet to a soft line break.
            append(line, head: min(head, line.count), isQuoted: isQuoted)
        }
    }

    /// The line at a position without its break, and the position behind it.
    private static func physicalLine(_ raw: [UInt8], _ position: inout Int) -> [UInt8] {
        let end = raw[position...].firstIndex(of: feed) ?? raw.count
        var line = raw[position..<end]
        while line.last == 0x0D { line.removeLast() }
        position = min(end + 1, raw.count)
        return Array(line)
    }

    /// The end of name and parameters: the first colon outside of quotes.
    private static func head(_ line: [UInt8]) -> Int {
        var isQuoted = false
        for (index, octet) in line.enumerated() {
            if octet == UInt8(ascii: "\"") { isQuoted.toggle() }
            if octet == colon, !isQuoted { return index }
        }
        return line.firstIndex(of: colon) ?? line.count
    }

    private mutating func append(_ line: [UInt8], head: Int, isQuoted: Bool) {
        guard isQuoted || Self.contains(Array(line[..<head]), ";charset=") else {
            bytes += utf8(line, charset) + [Self.feed]
            return
        }
        let parameters = String(decoding: utf8(Array(line[..<head]), charset), as: UTF8.self)
        var value = Array(line[min(head + 1, line.count)...])
        if isQuoted { value = QuotedPrintable.decode(value) }
        let parts = parameters.split(separator: ";", omittingEmptySubsequences: false)
        let stated = parts.first { $0.lowercased().hasPrefix("charset=") }?.dropFirst("charset=".count)
        let kept = parts.filter { part in
            let part = part.lowercased()
            return !part.hasPrefix("charset=") && !(isQuoted && part.hasSuffix("quoted-printable"))
        }
        bytes += Array(kept.joined(separator: ";").utf8) + [Self.colon]
        let text = utf8(value, stated.map { $0.filter { $0 != "\"" } } ?? charset)
        var isAfterReturn = false
        for octet in text {
            // A line break of the text must not end the line.
            if octet == 0x0D || (octet == 0x0A && !isAfterReturn) { bytes += Array("\\n".utf8) }
            if octet != 0x0D, octet != 0x0A { bytes.append(octet) }
            isAfterReturn = octet == 0x0D
        }
        bytes.append(Self.feed)
    }

    // MARK: Characters

    private mutating func utf8(_ octets: [UInt8], _ charset: String?) -> [UInt8] {
        if Self.isUTF8(octets) {
            guard Self.hasReplacement(octets[...]) else { return octets }
            damaged += 1
            return Self.withoutReplacements(octets)
        }
        if let charset, let text = Charset.utf8(octets, charset: charset) { return text }
        let repaired = String(decoding: octets, as: UTF8.self)
        // Text that is UTF-8 elsewhere was cut or damaged.
        if repaired.unicodeScalars.contains(where: { !$0.isASCII && $0 != "\u{FFFD}" }) {
            damaged += 1
            return Self.withoutReplacements(Array(repaired.utf8))
        }
        western += 1
        return Charset.western(octets)
    }

    private static func withoutReplacements(_ octets: [UInt8]) -> [UInt8] {
        Array(
            String(
                String.UnicodeScalarView(
                    String(decoding: octets, as: UTF8.self).unicodeScalars.filter { $0 != "\u{FFFD}" })
            ).utf8)
    }

    private static func hasReplacement(_ octets: ArraySlice<UInt8>) -> Bool {
        var rest = octets
        while let start = rest.firstIndex(of: replacement[0]) {
            rest = rest[start...]
            if rest.starts(with: replacement) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    private static func isUTF8(_ octets: [UInt8]) -> Bool {
        octets.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) } != nil
    }

    /// Whether the octets hold a word of small letters, in any case.
    private static func contains(_ octets: [UInt8], _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard octets.count >= count else { return false }
        for start in 0...octets.count - count where octets[start] | 0x20 == word.utf8Start[0] {
            var length = 1
            while length < count, octets[start + length] | 0x20 == word.utf8Start[length] | 0x20 { length += 1 }
            if length == count { return true }
        }
        return false
    }

    // MARK: Encodings of the whole

    private static func fromUTF16(_ raw: [UInt8], _ charset: String?) -> [UInt8]? {
        let encoding: TextEncoding
        var start = 2
        switch (raw.first, raw.dropFirst().first) {
        case (0xFF, 0xFE): encoding = .utf16LittleEndian
        case (0xFE, 0xFF): encoding = .utf16BigEndian
        // A calendar begins with a letter of ASCII.
        case (0, .some(1...0x7F)): (encoding, start) = (.utf16BigEndian, 0)
        case (.some(1...0x7F), 0): (encoding, start) = (.utf16LittleEndian, 0)
        default: return nil
        }
        var transcoder = UTF8Transcoder(encoding)
        var result: [UInt8] = []
        for octet in raw[start...] { transcoder.read(octet) { result.append($0) } }
        transcoder.finish { result.append($0) }
        return result
    }
}
