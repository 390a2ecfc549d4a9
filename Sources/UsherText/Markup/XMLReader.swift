/// Reads XML from outside, with namespaces, in one pass: its work is proportional to its size, whatever it contains.
///
/// A document with a type declaration is refused, and so there are no entities but the five of XML; neither is any external one looked for.
/// Sources: XML 1.0 (fifth edition), Namespaces in XML 1.0.
package struct XMLReader {
    /// What is read, in the order of the document.
    package enum Event: Hashable, Sendable {
        /// An element begins: its namespace, empty for none, and its local name.
        case start(namespace: String, name: String)
        /// Text; long text, or text with a comment in it, may come in several pieces.
        case text(String)
        /// The element that began last ends.
        case end
    }

    private let bytes: [UInt8]
    private var position = 0
    private let receive: (Event) -> Bool
    /// The names of the open elements as they are written, and the prefixes that each declares.
    private var open: [(name: ArraySlice<UInt8>, prefixes: [String])] = []
    /// The namespaces of each prefix, the innermost last; the default one has no prefix.
    private var namespaces: [String: [String]] = ["xml": ["http://www.w3.org/XML/1998/namespace"]]
    private var hasRoot = false

    /// The deepest nesting of elements.
    private static let maximumDepth = 128

    /// The document cannot be read any further.
    private struct Malformed: Error {}

    private init(_ bytes: [UInt8], _ receive: @escaping (Event) -> Bool) {
        (self.bytes, self.receive) = (bytes, receive)
    }

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - document: Its octets, in UTF-8, UTF-16 with a byte order mark, or the encoding that it states.
    ///   - receive: Receives one event after the other; `false` ends the reading.
    /// - Returns: Whether the document is well-formed and was read to its end.
    package static func read(_ document: [UInt8], _ receive: (Event) -> Bool) -> Bool {
        guard let text = XMLEncoding.utf8(document) else { return false }
        return withoutActuallyEscaping(receive) { receive in
            var reader = XMLReader(text, receive)
            do throws(Malformed) {
                try reader.readDocument()
                return true
            } catch {
                return false
            }
        }
    }

    private mutating func readDocument() throws(Malformed) {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "<") { try readMarkup() } else { try readText() }
        }
        guard hasRoot, open.isEmpty else { throw Malformed() }
    }

    private func pass(_ event: Event) throws(Malformed) {
        guard receive(event) else { throw Malformed() }
    }

    // MARK: Markup

    private mutating func readMarkup() throws(Malformed) {
        if skip("<!--") {
            _ = try take(until: "-->")
        } else if skip("<?") {
            _ = try take(until: "?>")
        } else if skip("<![CDATA[") {
            let text = try take(until: "]]>")
            guard !open.isEmpty else { throw Malformed() }
            try pass(.text(Self.normalized(text)))
        } else if skip("</") {
            try readEnd()
        } else if skip("<") {
            // What remains are elements; `<!` is a document type, which is refused.
            try readStart()
        }
    }

    private mutating func readStart() throws(Malformed) {
        guard open.count < Self.maximumDepth, !open.isEmpty || !hasRoot else { throw Malformed() }
        hasRoot = true
        let name = try readName()
        var prefixes: [String] = []
        while true {
            let isSeparated = skipBlanks()
            if skip("/>") {
                open.append((name, prefixes))
                try pass(try start(name))
                return try close()
            }
            if skip(">") {
                open.append((name, prefixes))
                return try pass(try start(name))
            }
            guard isSeparated else { throw Malformed() }
            let (attribute, value) = (try readName(), try readValue())
            guard let prefix = Self.declaredPrefix(attribute) else { continue }
            // Only the default namespace can be none.
            guard prefix.isEmpty || !value.isEmpty else { throw Malformed() }
            namespaces[prefix, default: []].append(value)
            prefixes.append(prefix)
        }
    }

    private mutating func readEnd() throws(Malformed) {
        let name = try readName()
        skipBlanks()
        guard skip(">"), let last = open.last, last.name.elementsEqual(name) else { throw Malformed() }
        try close()
    }

    private mutating func close() throws(Malformed) {
        guard let last = open.popLast() else { throw Malformed() }
        for prefix in last.prefixes { namespaces[prefix]?.removeLast() }
        try pass(.end)
    }

    private func start(_ name: ArraySlice<UInt8>) throws(Malformed) -> Event {
        let parts = name.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts.contains(where: \.isEmpty) else { throw Malformed() }
        let prefix = parts.count > 1 ? String(decoding: parts[0], as: UTF8.self) : ""
        guard let namespace = namespaces[prefix]?.last ?? (prefix.isEmpty ? "" : nil) else { throw Malformed() }
        return .start(namespace: namespace, name: String(decoding: parts[parts.count - 1], as: UTF8.self))
    }

    /// The prefix that an attribute declares, empty for the default namespace; nil for any other attribute.
    private static func declaredPrefix(_ name: ArraySlice<UInt8>) -> String? {
        guard name.starts(with: "xmlns".utf8) else { return nil }
        let rest = name.dropFirst("xmlns".utf8.count)
        guard let first = rest.first else { return "" }
        return first == UInt8(ascii: ":") ? String(decoding: rest.dropFirst(), as: UTF8.self) : nil
    }

    private mutating func readName() throws(Malformed) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, Self.isOfName(bytes[position]) { position += 1 }
        // A name begins with neither a digit nor a hyphen or full stop.
        guard let first = bytes[start..<position].first, !"-.0123456789".utf8.contains(first) else { throw Malformed() }
        return bytes[start..<position]
    }

    /// Octets beyond ASCII are taken as they are: no name that matters has any.
    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: "_:-.".utf8.contains(byte)
        }
    }

    private mutating func readValue() throws(Malformed) -> String {
        skipBlanks()
        guard skip("=") else { throw Malformed() }
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
        else {
            throw Malformed()
        }
        let quote = bytes[position]
        position += 1
        guard let end = bytes[position...].firstIndex(of: quote) else { throw Malformed() }
        let value = bytes[position..<end]
        guard !value.contains(UInt8(ascii: "<")) else { throw Malformed() }
        position = end + 1
        return try Self.text(value)
    }

    // MARK: Text

    private mutating func readText() throws(Malformed) {
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        let text = bytes[position..<end]
        position = end
        guard !open.isEmpty else {
            guard text.allSatisfy(Self.isBlank) else { throw Malformed() }
            return
        }
        try pass(.text(try Self.text(text)))
    }

    /// Text with its references replaced.
    private static func text(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return normalized(bytes) }
        var text = ""
        var rest = bytes
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            text += normalized(rest[..<start])
            // The longest that means anything is `&#x10FFFF;`, with some zeros.
            guard let end = rest[start...].prefix(20).firstIndex(of: UInt8(ascii: ";")) else { throw Malformed() }
            text.unicodeScalars.append(try character(String(decoding: rest[(start + 1)..<end], as: UTF8.self)))
            rest = rest[(end + 1)...]
        }
        return text + normalized(rest)
    }

    private static func character(_ reference: String) throws(Malformed) -> Unicode.Scalar {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = reference.hasPrefix("#x")
            let digits = reference.dropFirst(isHexadecimal ? 2 : 1)
            guard reference.hasPrefix("#"), digits.utf8.allSatisfy({ Hex.value(of: $0) != nil }),
                let scalar = UInt32(digits, radix: isHexadecimal ? 16 : 10).flatMap(Unicode.Scalar.init),
                scalar.value >= 0x20 || [0x09, 0x0A, 0x0D].contains(scalar.value)
            else { throw Malformed() }
            return scalar
        }
    }

    /// Text in which every line ends with LF (XML 1.0 §2.11).
    private static func normalized(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(0x0D) else { return String(decoding: bytes, as: UTF8.self) }
        var lines: [UInt8] = []
        lines.reserveCapacity(bytes.count)
        var isAfterReturn = false
        for byte in bytes {
            if byte != 0x0A || !isAfterReturn { lines.append(byte == 0x0D ? 0x0A : byte) }
            isAfterReturn = byte == 0x0D
        }
        return String(decoding: lines, as: UTF8.self)
    }

    // MARK: Octets

    private mutating func skip(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        let word = UnsafeBufferPointer(start: word.utf8Start, count: count)
        guard bytes[position...].prefix(count).elementsEqual(word) else { return false }
        position += count
        return true
    }

    /// The octets up to a word, which is skipped.
    private mutating func take(until word: StaticString) throws(Malformed) -> ArraySlice<UInt8> {
        let start = position
        while let found = bytes[position...].firstIndex(of: word.utf8Start[0]) {
            position = found
            if skip(word) { return bytes[start..<found] }
            position += 1
        }
        throw Malformed()
    }

    @discardableResult
    private mutating func skipBlanks() -> Bool {
        let start = position
        while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
        return position > start
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
