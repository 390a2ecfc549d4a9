/// A mail server's reply, with all its lines (RFC 5321 §4.2.1).
struct MailReply {
    /// Three digits.
    let code: Int
    /// The lines after their codes.
    private let lines: [String]

    fileprivate init(code: Int, lines: [String]) { (self.code, self.lines) = (code, lines) }

    /// The last reply in these lines; nil where there is none.
    init?(in lines: [String]) {
        let parsed = lines.compactMap { MailReplyLine(Array($0.utf8)[...].withoutEnd) }
        guard let last = parsed.last else { return nil }
        self.init(code: last.code, lines: parsed.filter { $0.code == last.code }.map(\.text))
    }

    /// Whether the command succeeded.
    var isPositive: Bool { (200..<300).contains(code) }

    /// Class, subject and detail, `5.1.1` (RFC 3463 §2); nil where no line begins with one of the reply's class.
    var enhanced: String? {
        for line in lines {
            let word = line.utf8.prefix { $0 != 0x20 }
            let parts = word.split(separator: 0x2e, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].elementsEqual(String(code / 100).utf8),
                parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } })
            else { continue }
            return String(Substring(word))
        }
        return nil
    }

    /// The code and all lines as one line.
    var text: String {
        lines.reduce(into: String(code)) { text, line in
            let words = line.trimmingBlanks
            if !words.isEmpty { text += " \(words)" }
        }
    }
}

/// One line of a reply.
private struct MailReplyLine {
    let code: Int
    let isLast: Bool
    let text: String

    /// Parses a line without its end; nil where it is not one of a reply: three digits of which the first is 2 to 5,
    /// then a blank, a hyphen or nothing.
    init?(_ line: ArraySlice<UInt8>) {
        let digits = line.prefix(3)
        guard digits.count == 3, let first = digits.first, (0x32...0x35).contains(first),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        let rest = line.dropFirst(3)
        guard rest.isEmpty || rest.first == 0x20 || rest.first == 0x2d else { return nil }
        code = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        isLast = rest.first != 0x2d
        text = String(decoding: rest.dropFirst(), as: UTF8.self)
    }
}

/// Assembles replies from the octets received over a connection.
struct MailReplyReader {
    /// The server sent something that is not a reply.
    struct Violation: Error { let problem: String }

    private var buffer: [UInt8] = []
    private var position = 0
    /// Up to where there is no line end.
    private var searched = 0
    private var lines: [String] = []
    private var octets = 0

    /// Octets of one reply that are stored: the longest line of RFC 5321 §4.5.3.1.5 has 512.
    static let storedOctets = 4096
    /// Octets of one reply, beyond which the dialogue ends.
    private static let limit = 65_536

    /// Appends octets that were received.
    mutating func append(_ octets: UnsafeRawBufferPointer) {
        if position == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            (position, searched) = (0, 0)
        }
        buffer.append(contentsOf: octets)
    }

    /// The next complete reply; nil until more is received.
    mutating func next() throws(Violation) -> MailReply? {
        while let end = buffer[searched...].firstIndex(of: 0x0a) {
            let raw = buffer[position...end].withoutEnd
            octets += raw.count
            (position, searched) = (end + 1, end + 1)
            guard let line = MailReplyLine(raw) else {
                throw Violation(
                    problem:
                        "the server sent something that is not a reply: \(String(decoding: raw.prefix(80), as: UTF8.self))"
                )
            }
            guard octets <= Self.limit else { throw tooLong }
            if octets <= Self.storedOctets { lines.append(line.text) }
            guard line.isLast else { continue }
            defer { (lines, octets) = ([], 0) }
            return MailReply(code: line.code, lines: lines)
        }
        searched = buffer.count
        if buffer.count - position > Self.limit { throw tooLong }
        return nil
    }

    private var tooLong: Violation { Violation(problem: "the server's reply has more than \(Self.limit) octets") }
}

extension ArraySlice<UInt8> {
    /// Without the line's end.
    fileprivate var withoutEnd: ArraySlice<UInt8> {
        var line = self
        while line.last == 0x0a || line.last == 0x0d { line.removeLast() }
        return line
    }
}

extension String {
    /// Without blanks and control characters around it.
    var trimmingBlanks: Substring {
        let isBlank: (UInt8) -> Bool = { $0 <= 0x20 }
        guard let last = utf8.lastIndex(where: { !isBlank($0) }) else { return "" }
        return Substring(utf8[...last].drop(while: isBlank))
    }
}
