/// One response of an IMAP server, parsed into its values (RFC 3501 §4, §7).
///
/// A malformed response has fewer items and is never an error: the dialogue looks for what it asked for.
struct IMAPResponse {
    /// One value.
    enum Item: Hashable {
        /// A word or a number: `FETCH`, `17`, `BODY[]<0>`, `NIL`.
        case atom(String)
        /// A quoted string or a literal.
        case string([UInt8])
        /// A list in parentheses.
        case list([Item])
    }

    /// A run of text, or the literal after it.
    enum Piece {
        case text([UInt8])
        case literal([UInt8])
    }

    let items: [Item]

    /// The deepest nesting of lists; the responses to our commands have one level.
    private static let depth = 8

    /// The response as the log shows it: literals by their size and, where message data is fetched, quoted strings,
    /// too.
    static func shown(_ pieces: [Piece]) -> String {
        let isData = isFetch(pieces)
        return pieces.reduce(into: "") { text, piece in
            switch piece {
            case .literal(let bytes): text += "{\(bytes.count)}"
            case .text(let bytes):
                let part = String(decoding: bytes, as: UTF8.self)
                text += isData ? withoutStrings(part) : part
            }
        }
    }

    private static func isFetch(_ pieces: [Piece]) -> Bool {
        guard case .text(let bytes)? = pieces.first, bytes.first == UInt8(ascii: "*") else { return false }
        return String(decoding: bytes.prefix(40), as: UTF8.self).uppercased().contains(" FETCH ")
    }

    private static func withoutStrings(_ text: String) -> String {
        var (result, isInside, isEscaped) = ("", false, false)
        for character in text {
            if character == "\"", !isEscaped {
                isInside.toggle()
                if isInside { result += "\"…\"" }
            } else if !isInside {
                result.append(character)
            }
            isEscaped = character == "\\" && isInside && !isEscaped
        }
        return result
    }

    init(_ pieces: [Piece]) {
        var parser = Parser(pieces: pieces[...])
        items = parser.items(depth: 0)
    }

    /// The length of the literal that a line announces at its end: `{123}` (RFC 3501 §4.3).
    static func literal(announcedBy line: [UInt8]) -> Int? {
        guard line.last == UInt8(ascii: "}"), let open = line.lastIndex(of: UInt8(ascii: "{")) else { return nil }
        return Int(String(decoding: line[(open + 1)..<(line.count - 1)], as: UTF8.self))
    }

    private struct Parser {
        var pieces: ArraySlice<Piece>
        var text: ArraySlice<UInt8> = []

        mutating func items(depth: Int) -> [Item] {
            var items: [Item] = []
            while let next = next(depth: depth) { items.append(next) }
            return items
        }

        /// The next value; nil at the end of the list or of the response.
        private mutating func next(depth: Int) -> Item? {
            while true {
                text = text.drop { $0 == 0x20 }
                guard let byte = text.first else {
                    switch pieces.popFirst() {
                    case .text(let bytes): text = bytes[...]
                    case .literal(let bytes): return .string(bytes)
                    case nil: return nil
                    }
                    continue
                }
                switch byte {
                case UInt8(ascii: "("):
                    text = text.dropFirst()
                    guard depth < IMAPResponse.depth else { return nil }
                    return .list(items(depth: depth + 1))
                case UInt8(ascii: ")"):
                    text = text.dropFirst()
                    return nil
                case UInt8(ascii: "\""): return .string(quoted())
                default:
                    let word = text.prefix { $0 != 0x20 && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
                    text = text.dropFirst(word.count)
                    return .atom(String(decoding: word, as: UTF8.self))
                }
            }
        }

        private mutating func quoted() -> [UInt8] {
            text = text.dropFirst()
            var bytes: [UInt8] = []
            while let byte = text.popFirst(), byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\\"), let escaped = text.popFirst() {
                    bytes.append(escaped)
                } else {
                    bytes.append(byte)
                }
            }
            return bytes
        }
    }
}
