/// What refusals of different recipients have in common: the server's words without what names the recipient, the time or the attempt.
///
/// No list of reply codes is complete. But what is about one recipient is not said to several in a row; so where that happens, it is about us,
/// whatever the words.
public struct RefusalKind: Hashable, Sendable {
    /// The words, in lower case; at most ``words`` of them.
    public let text: String

    /// How many words are compared: servers append references and links that differ each time.
    private static let words = 16

    /// Reduces a refusal to its kind.
    ///
    /// - Parameters:
    ///   - reason: What the server said.
    ///   - recipient: Who was refused; their address and its parts are left out.
    public init(_ reason: Line, of recipient: Recipient) {
        let named = recipient.address.map { Self.words(of: $0.text) } ?? []
        var kept: [Substring] = []
        for word in reason.text.lowercased().split(whereSeparator: Self.isBlank) where kept.count < Self.words {
            if Self.isEnhancedCode(word) {
                kept.append(word)
            } else if Self.isPlain(word) {
                kept += Self.words(of: word).filter { !named.contains($0) }
            }
        }
        text = kept.prefix(Self.words).joined(separator: " ")
    }

    /// How many refusals of one kind without a delivery in between show that they are about us.
    ///
    /// - Parameter scope: What a single one is about.
    /// - Returns: Three; more where the words themselves speak of the recipient, since a list may well hold a few dead addresses.
    public static func limit(_ scope: RefusalScope) -> Int { scope == .recipient ? 10 : 3 }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "," }

    /// Whether a word holds no address, host name, number or reference.
    private static func isPlain(_ word: Substring) -> Bool {
        let inner = word.utf8.dropLast(word.utf8.last == 0x2E ? 1 : 0)
        return !inner.contains { (0x30...0x39).contains($0) || [0x40, 0x2E, 0x2F, 0x3D].contains($0) }
    }

    /// `5.7.1` (RFC 3463 §2).
    private static func isEnhancedCode(_ word: Substring) -> Bool {
        let parts = word.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        return parts.count == 3
            && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy { (0x30...0x39).contains($0) } }
    }

    private static func words(of text: some StringProtocol) -> [Substring] {
        text.lowercased().split { !$0.isLetter }
    }
}
