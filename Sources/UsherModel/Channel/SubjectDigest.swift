/// The digest of a mail's subject, by which a copy of the mail can be recognized where its ids were replaced.
///
/// Servers fold and trim subjects: blanks count once, and not at the ends.
public struct SubjectDigest: Hashable, Sendable {
    /// What the ledger stores: `subject:` and 64 hexadecimal digits, so that it is never taken for the digest of a whole content.
    public let text: String

    private static let prefix = "subject:"

    /// Creates the digest of a subject.
    public init(of subject: String) {
        text = Self.prefix + Digest.hex(of: [subject.split { $0.isWhitespace }.joined(separator: " ")])
    }

    /// Reads what the ledger stored; nil for any other text.
    public init?(stored text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        self.text = text
    }
}
