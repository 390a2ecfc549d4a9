/// Reads HTML from outside as plain text, in one pass: its work is proportional to its size, whatever it contains.
///
/// Tags become line breaks, blanks or nothing; comments, scripts and styles are left out; character references become their characters; a link
/// is followed by its target. What browsers would repair is read forgivingly (HTML Living Standard §13.2).
package struct HTMLReader {
    private let bytes: [UInt8]
    private var position = 0
    private var text: [UInt8] = []
    /// Whether the target of a link is worth reading.
    private let keepsLink: (String) -> Bool
    /// The targets of all web links, in their order.
    private var targets: [String] = []
    /// The target of the open link, and where its text begins.
    private var link: (target: String, start: Int)?

    /// Elements that begin and end a line.
    private static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
        "section", "summary", "table", "tr", "ul",
    ]
    /// Elements whose content is no text for readers.
    private static let hidden: Set<String> = ["script", "style", "template", "title"]

    private init(_ html: String, keepsLink: @escaping (String) -> Bool) {
        (bytes, self.keepsLink) = (Array(html.utf8), keepsLink)
        text.reserveCapacity(bytes.count)
    }

    /// The text of a document or a fragment.
    ///
    /// - Parameters:
    ///   - html: The markup.
    ///   - keepsLink: Whether the target of a link (http, https or mailto) is worth reading; it is left out where the link's text shows it.
    /// - Returns: The text, in lines.
    package static func plainText(_ html: String, keepsLink: @escaping (String) -> Bool = { _ in true }) -> String {
        var reader = HTMLReader(html, keepsLink: keepsLink)
        reader.read()
        return String(decoding: reader.text, as: UTF8.self)
    }

    /// The text of a document or a fragment, and the targets of all web links in it.
    package static func links(_ html: String) -> (text: String, targets: [String]) {
        var reader = HTMLReader(html) { _ in false }
        reader.read()
        return (String(decoding: reader.text, as: UTF8.self), reader.targets)
    }

    /// Whether a text is HTML: whether it has a tag that texts have, or a character reference.
    ///
    /// `<https://…>` in a plain text is none.
    package static func isMarkup(_ text: String) -> Bool {
        var rest = text.utf8[...]
        while let start = rest.firstIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }) {
            let next = rest[rest.index(after: start)...]
            if rest[start] == UInt8(ascii: "<") {
                let name = next.prefix(12).drop { $0 == UInt8(ascii: "/") }.prefix(while: isLetter)
                let after = next.prefix(12).drop { $0 == UInt8(ascii: "/") }.dropFirst(name.count).first
                let isEnded = after.map { " >/\t\n\r".utf8.contains($0) } ?? false
                if isEnded, marks.contains(String(decoding: name, as: UTF8.self).lowercased()) { return true }
            } else if next.starts(with: "amp;".utf8) || next.starts(with: "nbsp;".utf8) || next.starts(with: "#".utf8) {
                return true
            }
            rest = next
        }
        return false
    }

    private static let marks = blocks.union([
        "a", "b", "i", "u", "em", "strong", "span", "font", "html", "body", "head", "img", "td", "th", "tbody", "style",
        "small",
    ])

    private mutating func read() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "<"): readMarkup()
            case UInt8(ascii: "&"): text += readReference(isAttribute: false).utf8
            default:
                text.append(bytes[position])
                position += 1
            }
        }
        closeLink()
    }

    // MARK: Tags

    private mutating func readMarkup() {
        switch byte(1) {
        case UInt8(ascii: "!") where byte(2) == UInt8(ascii: "-") && byte(3) == UInt8(ascii: "-"): skipComment()
        case UInt8(ascii: "!"), UInt8(ascii: "?"): skip(past: UInt8(ascii: ">"))
        case UInt8(ascii: "/") where Self.isLetter(byte(2)):
            position += 2
            let name = readName()
            skipAttributes { _, _ in }
            close(name)
        case let first where Self.isLetter(first):
            position += 1
            open(readName())
        default:
            text.append(bytes[position])
            position += 1
        }
    }

    private mutating func open(_ name: String) {
        var target: String?
        skipAttributes { key, value in
            if name == "a", key == "href", target == nil { target = value }
        }
        if Self.hidden.contains(name) { return skipContent(of: name) }
        endBlock(name)
        if name == "td" || name == "th", let last = text.last, last > 0x20 { text.append(0x20) }
        if name == "a" {
            closeLink()
            if let target = target.flatMap(Self.webAddress) {
                targets.append(target)
                if keepsLink(target) { link = (target, text.count) }
            }
        }
    }

    private mutating func close(_ name: String) {
        if name == "a" { closeLink() }
        endBlock(name)
    }

    private mutating func endBlock(_ name: String) {
        if Self.blocks.contains(name), let last = text.last, last != 0x0A { text.append(0x0A) }
    }

    /// Adds the target behind the link's text, unless the text shows it.
    private mutating func closeLink() {
        guard let (target, start) = link else { return }
        link = nil
        // A text longer than any link is more than the link.
        let shown = String(decoding: text[start...].prefix(4096), as: UTF8.self).filter { !$0.isWhitespace }
        let address =
            target.lowercased().hasPrefix("mailto:") ? String(target.dropFirst(7).prefix { $0 != "?" }) : target
        guard !shown.isEmpty, !Self.core(shown).contains(Self.core(address)) else { return }
        while let last = text.last, text.count > start, last <= 0x20 { text.removeLast() }
        text += " (\(address))".utf8
    }

    /// A link without what people leave out: the scheme, `www.` and a slash at the end.
    private static func core(_ link: String) -> Substring {
        var rest = link.lowercased()[...]
        for start in ["https://", "http://", "www."] where rest.hasPrefix(start) { rest = rest.dropFirst(start.count) }
        return rest.hasSuffix("/") ? rest.dropLast() : rest
    }

    private static func webAddress(_ target: String) -> String? {
        let target = String(String.UnicodeScalarView(target.unicodeScalars.filter { !isBlankOrControl($0) }))
        let isKnown = ["https://", "http://", "mailto:"].contains { target.lowercased().hasPrefix($0) }
        return isKnown && target.utf8.count <= 2048 ? target : nil
    }

    /// Blanks, controls and line separators: browsers leave most of them out of a link, and none of them belongs into one.
    private static func isBlankOrControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x20, 0x7F...0xA0, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Reads attributes up to and including the `>`; an end of the input ends them, too.
    private mutating func skipAttributes(_ use: (_ name: String, _ value: String) -> Void) {
        while position < bytes.count, bytes[position] != UInt8(ascii: ">") {
            guard bytes[position] > 0x20, bytes[position] != UInt8(ascii: "/") else {
                position += 1
                continue
            }
            let name = readName()
            skipBlanks()
            guard byte(0) == UInt8(ascii: "=") else {
                if name.isEmpty { position += 1 }
                continue
            }
            position += 1
            skipBlanks()
            use(name, readValue())
        }
        position += 1
    }

    private mutating func readValue() -> String {
        let quote = byte(0)
        let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        if isQuoted { position += 1 }
        var value: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if isQuoted ? byte == quote : byte <= 0x20 || byte == UInt8(ascii: ">") { break }
            if byte == UInt8(ascii: "&") {
                value += readReference(isAttribute: true).utf8
            } else {
                value.append(byte)
                position += 1
            }
        }
        if isQuoted { position += 1 }
        return String(decoding: value, as: UTF8.self)
    }

    /// Reads the name of a tag or an attribute, in lower case.
    private mutating func readName() -> String {
        let start = position
        while position < bytes.count, bytes[position] > 0x20, !"/>=".utf8.contains(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    // MARK: What is left out

    private mutating func skip(past end: UInt8) {
        position = (bytes[position...].firstIndex(of: end) ?? bytes.count - 1) + 1
    }

    /// Skips a comment; `<!-->` is one, too, and one without an end reaches to the end of the input.
    private mutating func skipComment() {
        position += 2
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
                if byte(2) == UInt8(ascii: ">") { return position += 3 }
                if byte(2) == UInt8(ascii: "!"), byte(3) == UInt8(ascii: ">") { return position += 4 }
            }
            position += 1
        }
    }

    /// Skips to behind the end tag of an element whose content is not markup.
    private mutating func skipContent(of name: String) {
        let name = Array(name.utf8)
        while position < bytes.count {
            let isEnd =
                bytes[position] == UInt8(ascii: "<") && byte(1) == UInt8(ascii: "/")
                && name.indices.allSatisfy { byte(2 + $0) | 0x20 == name[$0] } && !Self.isLetter(byte(2 + name.count))
            guard isEnd else {
                position += 1
                continue
            }
            position += 2 + name.count
            return skipAttributes { _, _ in }
        }
    }

    // MARK: Character references

    /// Reads the character reference at the position; an `&` that begins none stands for itself.
    private mutating func readReference(isAttribute: Bool) -> String {
        let isNumber = byte(1) == UInt8(ascii: "#")
        guard let (text, length) = isNumber ? number() : name(isAttribute: isAttribute) else {
            position += 1
            return "&"
        }
        position += length
        // A blank that does not break is one where everything is broken anew.
        return text == "\u{A0}" ? " " : text
    }

    private func number() -> (text: String, length: Int)? {
        let isHexadecimal = byte(2) | 0x20 == UInt8(ascii: "x")
        let start = position + (isHexadecimal ? 3 : 2)
        var (end, value) = (start, UInt32(0))
        while end < bytes.count, let digit = Hex.value(of: bytes[end]), isHexadecimal || digit < 10 {
            value = min(0x11_0000, value * (isHexadecimal ? 16 : 10) + UInt32(digit))
            end += 1
        }
        guard end > start else { return nil }
        let hasEnd = end < bytes.count && bytes[end] == UInt8(ascii: ";")
        return (Self.character(value), end - position + (hasEnd ? 1 : 0))
    }

    /// The character of a number; 128 to 159 mean those of Windows-1252 (HTML Living Standard §13.2.5.80).
    private static func character(_ value: UInt32) -> String {
        if (0x80...0x9F).contains(value) { return String(windows[Int(value - 0x80)]) }
        guard value > 0, let scalar = Unicode.Scalar(value) else { return "\u{FFFD}" }
        return String(scalar)
    }

    private static let windows = Array("€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)

    private func name(isAttribute: Bool) -> (text: String, length: Int)? {
        let start = position + 1
        let rest = bytes[start...].prefix(HTMLEntities.longestName + 1)
        let name = rest.prefix { Self.isLetter($0) || (48...57).contains($0) }
        if name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: ";"),
            let text = HTMLEntities.text(String(decoding: name, as: UTF8.self))
        {
            return (text, name.count + 2)
        }
        // In an attribute, `&copy=1` is part of a query.
        guard !isAttribute else { return nil }
        for length in (2...6).reversed() where length <= name.count {
            let old = String(decoding: name.prefix(length), as: UTF8.self)
            if HTMLEntities.isKnownWithoutSemicolon(old), let text = HTMLEntities.text(old) {
                return (text, length + 1)
            }
        }
        return nil
    }

    private func byte(_ offset: Int) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) }
}
