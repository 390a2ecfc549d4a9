internal import UsherText

/// A message or a part of one: its header fields and the bytes of its body (RFC 5322 §2, RFC 2045, RFC 2046 §5.1).
///
/// Reading never fails: what cannot be parsed is left out. Line ends may be CRLF or LF.
struct MailPart {
    /// A header field: its name in lower case, its value unfolded.
    struct Field {
        let name: String
        let value: String
    }

    let fields: [Field]
    let body: ArraySlice<UInt8>

    /// Fields read from one header; a typical message has some fifty.
    private static let mostFields = 1000
    /// Nesting of parts, and parts in total: many times what a report or a reply has.
    private static let maximumDepth = 8
    private static let mostParts = 100

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        fields = Self.fields(&rest)
        body = rest
    }

    /// The first field of a name, in lower case.
    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All fields of a name, in lower case.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// `Content-Type`, or its default (RFC 2045 §5.2).
    var mediaType: MediaType { MediaType(self["content-type"] ?? "text/plain") }

    /// The parts that contain no others, in order; a returned message counts as one part.
    var leaves: [MailPart] {
        var leaves: [MailPart] = []
        collect(&leaves, depth: 0)
        return leaves
    }

    private func collect(_ leaves: inout [MailPart], depth: Int) {
        let type = mediaType
        guard type.name.hasPrefix("multipart/"), let boundary = type["boundary"], depth < Self.maximumDepth else {
            if leaves.count < Self.mostParts { leaves.append(self) }
            return
        }
        for part in parts(Array("--\(boundary)".utf8)) where leaves.count < Self.mostParts {
            part.collect(&leaves, depth: depth + 1)
        }
    }

    /// The parts between the delimiter lines; a truncated part ends where the bytes end.
    private func parts(_ delimiter: [UInt8]) -> [MailPart] {
        var parts: [MailPart] = []
        var start: Int?
        var end = body.startIndex
        var rest = body
        while !rest.isEmpty, parts.count < Self.mostParts {
            let lineStart = rest.startIndex
            let line = Self.line(&rest)
            guard line.starts(with: delimiter) else {
                end = lineStart + line.count
                continue
            }
            let tail = line.dropFirst(delimiter.count)
            let isLast = tail.starts(with: "--".utf8)
            guard isLast || tail.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
            if let start { parts.append(MailPart(body[start..<max(start, end)])) }
            start = isLast ? nil : rest.startIndex
            end = rest.startIndex
            if isLast { return parts }
        }
        if let start { parts.append(MailPart(body[start...])) }
        return parts
    }

    /// The body with its transfer encoding removed (RFC 2045 §6).
    var content: [UInt8] {
        switch self["content-transfer-encoding"]?.lowercased() {
        case "base64": Base64.decodeLeniently(Array(body))
        case "quoted-printable": QuotedPrintable.decode(Array(body))
        default: Array(body)
        }
    }

    // MARK: Lines

    /// Reads fields up to and including the empty line.
    static func fields(_ rest: inout ArraySlice<UInt8>) -> [Field] {
        var fields: [Field] = []
        var current: [UInt8] = []
        func finish() {
            guard let colon = current.firstIndex(of: UInt8(ascii: ":")), fields.count < mostFields else { return }
            let name = String(decoding: current[..<colon], as: UTF8.self).lowercased()
            fields.append(Field(name: Self.trimmed(name[...]), value: Self.trimmed(text(current[(colon + 1)...]))))
        }
        while !rest.isEmpty {
            let line = line(&rest)
            if line.isEmpty { break }
            if line.first == 0x20 || line.first == 0x09 {
                current += line
            } else {
                finish()
                current = Array(line)
            }
        }
        finish()
        return fields
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> Substring { String(decoding: bytes, as: UTF8.self)[...] }

    private static func trimmed(_ text: Substring) -> String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let front = text.drop(while: blank)
        guard let last = front.lastIndex(where: { !blank($0) }) else { return "" }
        return String(front[...last])
    }

    /// Removes the next line and returns it without its end.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: 0x0a) ?? rest.endIndex
        let line = rest[rest.startIndex..<end]
        rest = end < rest.endIndex ? rest[(end + 1)...] : rest[end...]
        return line.last == 0x0d ? line.dropLast() : line
    }
}

/// A media type and its parameters (RFC 2045 §5.1), all names in lower case.
struct MediaType {
    /// `text/plain`.
    let name: String
    private let parameters: [String: String]

    init(_ text: String) {
        var rest = text[...]
        name = Self.token(&rest)
        var parameters: [String: String] = [:]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...]
            let key = Self.token(&rest)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            parameters[key] = parameters[key] ?? Self.value(&rest)
        }
        self.parameters = parameters
    }

    subscript(name: String) -> String? { parameters[name] }

    private static func token(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        let token = rest.prefix { !" \t;=".contains($0) }
        rest = rest.dropFirst(token.count).drop { $0 == " " || $0 == "\t" }
        return token.lowercased()
    }

    private static func value(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard rest.first == "\"" else {
            let value = rest.prefix { !" \t;".contains($0) }
            rest = rest.dropFirst(value.count)
            return String(value)
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return value
    }
}
