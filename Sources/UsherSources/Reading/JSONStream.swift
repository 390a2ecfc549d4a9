internal import UsherModel
internal import UsherText

/// Walks through a JSON document of any size, holding one value at a time.
///
/// Objects and arrays are entered step by step; a value is taken whole, within a limit, or skipped without being kept. It stands
/// beside ``JSONValue``, which needs the whole document in memory, and reads the values it takes with it.
final class JSONStream {
    let bytes: ByteStream

    init(_ bytes: ByteStream) { self.bytes = bytes }

    var line: Int { bytes.line }

    /// The first byte of the next value or mark, blanks skipped; nil at the end.
    func peek() -> UInt8? {
        while let byte = bytes.peek(), JSONBytes.isBlank(byte) { _ = bytes.next() }
        return bytes.peek()
    }

    /// Calls `body` for each member of the object that begins here; `body` must take or skip the value.
    ///
    /// - Throws: ``SourceError`` at the first byte that is no JSON.
    func eachMember(_ body: (String) throws(SourceError) -> Void) throws(SourceError) {
        try expect(UInt8(ascii: "{"), "an object")
        guard peek() != UInt8(ascii: "}") else { return try expect(UInt8(ascii: "}"), "}") }
        while true {
            guard peek() == UInt8(ascii: "\""), case .string(let key)? = JSONValue(try value(limit: 4096) ?? []) else {
                throw broken("a key in double quotes")
            }
            try expect(UInt8(ascii: ":"), ":")
            try body(key)
            guard peek() == UInt8(ascii: ",") else { break }
            _ = bytes.next()
        }
        try expect(UInt8(ascii: "}"), ", or }")
    }

    /// Calls `body` at each item of the array that begins here, until it returns false; `body` must take or skip the item.
    ///
    /// - Throws: ``SourceError`` at the first byte that is no JSON.
    func eachItem(_ body: () throws(SourceError) -> Void) throws(SourceError) {
        try expect(UInt8(ascii: "["), "an array")
        guard peek() != UInt8(ascii: "]") else { return try expect(UInt8(ascii: "]"), "]") }
        while true {
            try body()
            guard peek() == UInt8(ascii: ",") else { break }
            _ = bytes.next()
        }
        try expect(UInt8(ascii: "]"), ", or ]")
    }

    /// Takes the value that begins here as its bytes; nil where it is longer than the limit: it is then skipped.
    ///
    /// - Throws: ``SourceError`` where it does not end.
    func value(limit: Int) throws(SourceError) -> [UInt8]? {
        var taken: [UInt8] = []
        var isTooLong = false
        try walk { byte in
            if taken.count < limit { taken.append(byte) } else { isTooLong = true }
        }
        return isTooLong ? nil : taken
    }

    /// Skips the value that begins here.
    ///
    /// - Throws: ``SourceError`` where it does not end.
    func skip() throws(SourceError) { try walk { _ in } }

    /// Takes one mark.
    ///
    /// - Throws: ``SourceError`` where something else stands there.
    func expect(_ byte: UInt8, _ what: String) throws(SourceError) {
        guard peek() == byte else { throw broken(what) }
        _ = bytes.next()
    }

    /// The document is no JSON here.
    func broken(_ expected: String) -> SourceError {
        let found = bytes.peek().map { $0 > 0x20 && $0 < 0x7F ? "\"\(Character(Unicode.Scalar($0)))\"" : "byte \($0)" }
        return SourceError(
            .malformed, location: "\(bytes.path):\(line)",
            problem: "\(found ?? "the end of the file") where \(expected) was expected",
            next: "The file is no valid JSON (RFC 8259); nothing is concluded from what it may have held")
    }

    /// Goes to the end of one value: brackets are balanced outside strings, whatever stands between them.
    private func walk(_ take: (UInt8) -> Void) throws(SourceError) {
        guard let first = peek(), first != UInt8(ascii: ","), first != UInt8(ascii: "]"), first != UInt8(ascii: "}")
        else {
            throw broken("a value")
        }
        var depth = 0
        repeat {
            guard let byte = bytes.next() else { throw broken("the rest of a value") }
            take(byte)
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""): try walkString(take)
            default: if depth == 0 { walkWord(take) }
            }
        } while depth > 0
    }

    private func walkString(_ take: (UInt8) -> Void) throws(SourceError) {
        while let byte = bytes.next() {
            take(byte)
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\"), let escaped = bytes.next() { take(escaped) }
        }
        throw broken("the end of a text")
    }

    private func walkWord(_ take: (UInt8) -> Void) {
        while let byte = bytes.peek(), !JSONBytes.isBlank(byte), !",]}:".utf8.contains(byte), let taken = bytes.next() {
            take(taken)
        }
    }
}
