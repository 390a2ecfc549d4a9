internal import UsherModel
internal import UsherText

/// Reads a JSON document of any size, with one value in memory at a time.
///
/// Objects and arrays are entered step by step; a value is read as a whole, within a limit, or skipped.
final class JSONStream {
    let bytes: ByteStream

    init(_ bytes: ByteStream) { self.bytes = bytes }

    var line: Int { bytes.line }

    /// The first byte of the next value or punctuation, after skipping blanks; nil at the end.
    func peek() -> UInt8? {
        while let byte = bytes.peek(), JSONBytes.isBlank(byte) { _ = bytes.next() }
        return bytes.peek()
    }

    /// Calls `body` for each member of the object that begins here; `body` must read or skip the value.
    ///
    /// - Throws: ``SourceError`` at the first byte that is not JSON.
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
            if peek() == UInt8(ascii: "}") { throw trailingComma("}") }
        }
        try expect(UInt8(ascii: "}"), ", or }")
    }

    /// Calls `body` for each item of the array that begins here; `body` must read or skip the item.
    ///
    /// - Throws: ``SourceError`` at the first byte that is not JSON.
    func eachItem(_ body: () throws(SourceError) -> Void) throws(SourceError) {
        try expect(UInt8(ascii: "["), "an array")
        guard peek() != UInt8(ascii: "]") else { return try expect(UInt8(ascii: "]"), "]") }
        while true {
            try body()
            guard peek() == UInt8(ascii: ",") else { break }
            _ = bytes.next()
            if peek() == UInt8(ascii: "]") { throw trailingComma("]") }
        }
        try expect(UInt8(ascii: "]"), ", or ]")
    }

    /// Reads the bytes of the value that begins here; skips a value longer than the limit and returns nil.
    ///
    /// - Throws: ``SourceError`` where it does not end.
    func value(limit: Int) throws(SourceError) -> [UInt8]? {
        var value: [UInt8] = []
        var isTooLong = false
        try walk { byte in
            if value.count < limit { value.append(byte) } else { isTooLong = true }
        }
        return isTooLong ? nil : value
    }

    /// Skips the value that begins here.
    ///
    /// - Throws: ``SourceError`` where it does not end.
    func skip() throws(SourceError) { try walk { _ in } }

    /// Consumes one byte of punctuation.
    ///
    /// - Throws: ``SourceError`` where another byte follows.
    func expect(_ byte: UInt8, _ what: String) throws(SourceError) {
        guard peek() == byte else { throw broken(what) }
        _ = bytes.next()
    }

    private func trailingComma(_ end: String) -> SourceError {
        SourceError(
            .malformed, location: "\(bytes.path):\(line)", problem: "a comma before \"\(end)\", where JSON allows none",
            next: "Remove the comma; nothing is concluded from the rest of the file")
    }

    /// The error for a document that is not JSON at this point.
    func broken(_ expected: String) -> SourceError {
        let byte = bytes.peek().map { $0 > 0x20 && $0 < 0x7F ? "\"\(Character(Unicode.Scalar($0)))\"" : "byte \($0)" }
        return SourceError(
            .malformed, location: "\(bytes.path):\(line)",
            problem: "\(byte ?? "the end of the file") where \(expected) was expected",
            next: "The file is not valid JSON (RFC 8259); nothing is concluded from the rest of it")
    }

    /// Passes the bytes of one value to `read`; its end is where the brackets outside strings are balanced.
    private func walk(_ read: (UInt8) -> Void) throws(SourceError) {
        guard let first = peek(), first != UInt8(ascii: ","), first != UInt8(ascii: "]"), first != UInt8(ascii: "}")
        else {
            throw broken("a value")
        }
        var depth = 0
        repeat {
            guard let byte = bytes.next() else { throw broken("the rest of a value") }
            read(byte)
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""): try walkString(read)
            default: if depth == 0 { walkWord(read) }
            }
        } while depth > 0
    }

    private func walkString(_ read: (UInt8) -> Void) throws(SourceError) {
        while let byte = bytes.next() {
            read(byte)
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\"), let escaped = bytes.next() { read(escaped) }
        }
        throw broken("the end of a string")
    }

    private func walkWord(_ read: (UInt8) -> Void) {
        while let byte = bytes.peek(), !JSONBytes.isBlank(byte), !",]}:".utf8.contains(byte), let next = bytes.next() {
            read(next)
        }
    }
}
