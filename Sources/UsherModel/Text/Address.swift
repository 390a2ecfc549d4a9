/// An e-mail address: the `addr-spec` of RFC 5322 §3.4.1 with a dot-atom local part, UTF-8 allowed (RFC 6532).
///
/// White space at the ends and invisible characters are dropped, and the domain becomes lower-case ASCII (`xn--…`, RFC 5890), so that an address
/// needs SMTPUTF8 only if its local part does (RFC 6531 §3.2); the local part is kept, in normalization form C. Quoted local parts, domain
/// literals and comments are refused, so that no address can end a header or an SMTP command.
///
/// Two addresses that differ only in case are different texts and one person: ``identity``.
public struct Address: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// `local@domain`.
    public let text: String

    /// Why a text is not an address.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// What was found, shortened, with control characters shown as `?`.
        public let problem: String
        /// What is wrong with it.
        public let reason: String

        /// The text and the reason in one sentence.
        public var description: String { "\"\(problem)\" is no e-mail address: \(reason)" }
    }

    /// Reads an address.
    ///
    /// - Parameter raw: One address without display name or angle brackets.
    /// - Throws: ``Problem``, which says what is wrong.
    public init(_ raw: String) throws(Problem) {
        if Self.isPlain(raw) {
            text = raw
            return
        }
        let trimmed = Self.trimmed(raw)
        if let reason = Self.controlProblem(trimmed) { throw Self.problem(raw, reason) }
        let parts = trimmed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw Self.problem(raw, "expected one @ with a name before and a domain behind it")
        }
        guard parts[0].utf8.count <= 64, parts[1].utf8.count <= 255 else {
            throw Self.problem(raw, "longer than RFC 5321 §4.5.3.1 allows (64 octets before, 255 behind the @)")
        }
        guard Self.isDotAtom(parts[0], Self.isAtomText) else {
            throw Self.problem(raw, "characters before the @ that need quoting")
        }
        guard Self.isDotAtom(parts[1], Self.isDomainText) else {
            throw Self.problem(raw, "the part behind the @ is no domain name")
        }
        guard let domain = DomainName.ascii(parts[1].lowercased()), domain.utf8.count <= 255 else {
            throw Self.problem(raw, "the part behind the @ is no domain name that can exist (IDNA2008)")
        }
        text = parts[0] + "@" + domain
    }

    /// What two spellings of one mailbox have in common: the address without regard to case.
    ///
    /// RFC 5321 §2.4 lets a host tell them apart, and asks it not to; no large provider does.
    public var identity: String {
        text.utf8.contains { (0x41...0x5A).contains($0) || $0 >= 0x80 } ? UnicodeForm.composed(text.lowercased()) : text
    }

    /// Whether only servers with SMTPUTF8 accept it (RFC 6531), because its local part is not ASCII.
    public var needsUTF8: Bool { !text.utf8.allSatisfy { $0 < 0x80 } }

    /// The part after the `@`, in lower case.
    public var domain: Substring { text.split(separator: "@").last ?? "" }

    /// Decodes an address, and checks it again.
    public init(from decoder: any Decoder) throws {
        self = try Address(try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes `local@domain`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// Orders by text.
    public static func < (left: Address, right: Address) -> Bool { left.text < right.text }

    /// `local@domain`.
    public var description: String { text }

    /// Whether the text needs no normalization: an ASCII dot-atom before the @, a lower-case ASCII domain after it.
    private static func isPlain(_ raw: String) -> Bool {
        var (before, behind, isAfterDot, isBehind) = (0, 0, true, false)
        for octet in raw.utf8 {
            switch octet {
            case 0x61...0x7A, 0x30...0x39, 0x2D: isAfterDot = false
            // Upper case and the other characters of atext (RFC 5322 §3.2.3) are allowed only in the local part.
            case 0x41...0x5A, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E:
                guard !isBehind else { return false }
                isAfterDot = false
            case 0x2E:
                guard !isAfterDot else { return false }
                isAfterDot = true
            case 0x40:
                guard !isAfterDot, !isBehind else { return false }
                (isBehind, isAfterDot) = (true, true)
                continue
            default: return false
            }
            if isBehind { behind += 1 } else { before += 1 }
        }
        return isBehind && !isAfterDot && before <= 64 && behind <= 255
    }

    /// The address as it is meant: without white space at its ends, and without characters that no one sees.
    private static func trimmed(_ raw: String) -> String {
        var scalars = raw.unicodeScalars.filter { !UnicodeForm.isInvisible($0) }[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return UnicodeForm.composed(String(String.UnicodeScalarView(scalars)))
    }

    private static func controlProblem(_ text: String) -> String? {
        if text.unicodeScalars.contains(where: { $0 == "\r" || $0 == "\n" }) { return "it holds a line break" }
        return Line.hasForbidden(text) ? "it holds a control character" : nil
    }

    private static func problem(_ raw: String, _ reason: String) -> Problem {
        let shown = raw.unicodeScalars.prefix(80).map { Line.hasForbidden(String($0)) ? "?" : Character($0) }
        return Problem(problem: String(shown), reason: reason)
    }

    private static func isDotAtom(_ text: Substring, _ isAllowed: (Unicode.Scalar) -> Bool) -> Bool {
        !text.isEmpty
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.unicodeScalars.allSatisfy(isAllowed)
            }
    }

    private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return true }
        return isDomainText(scalar) || "!#$%&'*+/=?^_`{|}~".unicodeScalars.contains(scalar)
    }

    private static func isDomainText(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return true }
        return scalar == "-" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
    }
}
