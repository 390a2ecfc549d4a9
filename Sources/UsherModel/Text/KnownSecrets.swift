internal import Synchronization
internal import UsherText

/// The secrets that this process has read, in the forms in which another program may say them again: a server that quotes the sign-in that
/// it refuses, a program whose error message shows its arguments.
///
/// What leaves the process passes through ``hiding(_:)``: the terminal, the log, and the words of servers in the ledger.
public enum KnownSecrets {
    private struct Needles {
        /// By their first octet.
        var byFirst: [UInt8: [[UInt8]]] = [:]
        var noted: Set<Secret> = []
    }

    private static let needles = Mutex(Needles())
    /// A shorter text would hide parts of ordinary words.
    private static let shortest = 6
    /// The most secrets that are remembered: a long run requests tokens again and again.
    private static let most = 500
    private static let mask = Array("<secret>".utf8)

    /// Remembers a secret.
    public static func note(_ secret: Secret) {
        needles.withLock { needles in
            guard needles.noted.count < most, needles.noted.insert(secret).inserted else { return }
            let all = secret.reveal { text in ([text] + parts(of: text)).flatMap { forms(of: Array($0.utf8)) } }
            for form in Set(all) {
                needles.byFirst[form[0], default: []].append(form)
                // The longest first: one may be a part of another.
                needles.byFirst[form[0]]?.sort { $0.count > $1.count }
            }
        }
    }

    /// What is secret in a URL that is a secret: its path and query, and those parts of them that are no ordinary words.
    private static func parts(of text: String) -> [String] {
        guard let scheme = text.firstRange(of: "://"),
            let slash = text[scheme.upperBound...].firstIndex(where: { "/?#".contains($0) })
        else { return [] }
        let tail = text[slash...]
        let words = tail.split { "/?&=#;".contains($0) }.filter { word in
            word.utf8.count >= 16 || (word.utf8.count >= 10 && word.contains(where: \.isNumber))
        }
        return ([tail.dropFirst()] + words).map(String.init).filter { $0.utf8.count >= 10 }
    }

    /// The text with `<secret>` in the place of each.
    public static func hiding(_ text: String) -> String {
        let byFirst = needles.withLock { $0.byFirst }
        guard !byFirst.isEmpty else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var (position, kept) = (0, 0)
        while position < bytes.count {
            guard let forms = byFirst[bytes[position]],
                let form = forms.first(where: { bytes[position...].starts(with: $0) })
            else {
                position += 1
                continue
            }
            result += bytes[kept..<position] + mask
            position += form.count
            kept = position
        }
        guard kept > 0 else { return text }
        return String(decoding: result + bytes[kept...], as: UTF8.self)
    }

    /// A secret as it is, in Base64 at each of the three alignments, percent-encoded, quoted-printable and as in JSON.
    private static func forms(of secret: [UInt8]) -> Set<[UInt8]> {
        guard secret.count >= shortest else { return [] }
        var forms: Set<[UInt8]> = [secret]
        var json: [UInt8] = []
        JSONString.escape(String(decoding: secret, as: UTF8.self), to: &json)
        forms.insert(json)
        for characters in [PercentEncoding.Characters.unreserved, .form, .path] {
            let encoded = PercentEncoding.encode(secret, keeping: characters)
            // A form may write a blank as +.
            for text in [encoded, encoded.replacing("%20", with: "+")] {
                forms.formUnion([Array(text.utf8), lowerCase(of: Array(text.utf8), after: UInt8(ascii: "%"))])
            }
        }
        // Blanks must be encoded at the end of a line only (RFC 2045 §6.7).
        for first in [0x20, 0x21] as [UInt8] {
            let encoded = secret.flatMap { octet in
                (first...0x7E).contains(octet) && octet != UInt8(ascii: "=")
                    ? [octet] : [UInt8(ascii: "=")] + Array(Hex.encode([octet]).uppercased().utf8)
            }
            forms.formUnion([encoded, lowerCase(of: encoded, after: UInt8(ascii: "="))])
        }
        for alphabet in [Base64.Alphabet.standard, .url] {
            for shift in 0..<3 {
                let encoded = Base64.encodedBytes([UInt8](repeating: 0, count: shift) + secret, alphabet)
                // The characters at both ends also depend on what stands around the secret.
                let inner = Array(encoded[[0, 2, 3][shift]..<(shift + secret.count) / 3 * 4])
                if inner.count >= shortest { forms.insert(inner) }
            }
        }
        return forms
    }

    /// The digits of each escape in lower case.
    private static func lowerCase(of text: [UInt8], after escape: UInt8) -> [UInt8] {
        var text = text
        for index in text.indices where text[index] == escape && index + 2 < text.count {
            for digit in [index + 1, index + 2] where (65...70).contains(text[digit]) { text[digit] |= 0x20 }
        }
        return text
    }
}
