internal import UsherModel
internal import UsherText

/// A header field of a message, encoded (RFC 2047) and folded (RFC 5322 §2.2.3); its values cannot contain a line break.
struct HeaderField {
    /// The field with its CRLF.
    let bytes: [UInt8]

    /// A field whose value is ASCII and may be folded at spaces.
    init(_ name: StaticString, _ value: HeaderValue) {
        let parts = value.text.utf8.contains(0x20) ? value.text.split(separator: " ").map(String.init) : [value.text]
        bytes = Self.folded("\(name): ", parts)
    }

    /// Unstructured text: `Subject`.
    init(_ name: StaticString, text: Line) {
        let start = "\(name): "
        bytes = Self.folded(start, EncodedWord.words(of: text.text, isPhrase: false, after: start.utf8.count))
    }

    /// Mailboxes: `From`, `To`, `Reply-To`.
    init(_ name: StaticString, _ mailbox: Mailbox) {
        let start = "\(name): "
        let address = "<\(mailbox.address.text)>"
        let parts =
            mailbox.name.isEmpty
            ? [mailbox.address.text]
            : EncodedWord.words(of: mailbox.name.text, isPhrase: true, after: start.utf8.count) + [address]
        bytes = Self.folded(start, parts)
    }

    /// Breaks the line before a part that would pass 78 characters; a single part may be longer, up to 998 (RFC 5322 §2.1.1).
    private static func folded(_ start: String, _ parts: [String]) -> [UInt8] {
        var bytes = Array(start.utf8)
        var length = bytes.count
        for (number, part) in parts.enumerated() {
            let isBroken = number > 0 && length + 1 + part.utf8.count > 76
            if isBroken {
                bytes += [13, 10]
                length = 0
            }
            if number > 0 {
                bytes.append(32)
                length += 1
            }
            bytes.append(contentsOf: part.utf8)
            length += part.utf8.count
        }
        return bytes + [13, 10]
    }
}

/// RFC 2047 encoded-words.
enum EncodedWord {
    /// The words of a text for a header, to be joined by single spaces.
    ///
    /// Plain ASCII stays as it is, and a phrase with specials is quoted. Anything else is encoded in base64, at most 75 characters a word, and
    /// never split within a character; with what stands before it in its line, the first has at most 76 (RFC 2047 §2).
    static func words(of text: String, isPhrase: Bool, after start: Int) -> [String] {
        let isASCII = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        // A text that fits in a line with any field name need not be split.
        let words =
            text.utf8.count <= 50 ? [Substring(text)] : text.split(separator: " ", omittingEmptySubsequences: false)
        let isShort = words.allSatisfy { $0.utf8.count <= 70 }
        guard isASCII, isShort, !text.contains("=?") else { return encoded(text, after: start) }
        guard isPhrase, !text.utf8.allSatisfy(isAtomOrBlank) else { return words.map(String.init) }
        let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return ["\"\(quoted)\""]
    }

    private static func isAtomOrBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (48...57).contains(byte) || (97...122).contains(byte | 32)
            || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }

    private static func encoded(_ text: String, after start: Int) -> [String] {
        // 75 characters less "=?utf-8?B?" and "?=" leave 63 for base64, which encode 45 bytes; in the first line there is less room.
        var limit = min(45, (76 - start - 12) / 4 * 3)
        var words: [String] = []
        var chunk: [UInt8] = []
        for character in text {
            let bytes = Array(character.utf8)
            if chunk.count + bytes.count > limit, !chunk.isEmpty {
                words.append(word(chunk))
                (chunk, limit) = ([], 45)
            }
            // A single character with more bytes (many combining marks) is split between its scalars.
            for scalar in String(character).unicodeScalars {
                let piece = Array(String(scalar).utf8)
                if chunk.count + piece.count > limit {
                    words.append(word(chunk))
                    (chunk, limit) = ([], 45)
                }
                chunk += piece
            }
        }
        if !chunk.isEmpty { words.append(word(chunk)) }
        return words
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?utf-8?B?\(Base64.encode(bytes))?=" }
}
