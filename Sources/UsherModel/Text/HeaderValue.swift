/// A header field body that cannot end its line (RFC 5322 §2.2).
public struct HeaderValue: Hashable, Sendable, CustomStringConvertible {
    /// The text, without CR, LF or NUL.
    public let text: String

    /// Why a text is not a header field body.
    public enum Problem: Error, Hashable, Sendable {
        /// The UTF-8 offset of the first CR, LF or NUL.
        case lineBreak(at: Int)
    }

    /// Creates a value from a text, which is kept unchanged.
    ///
    /// - Throws: ``Problem/lineBreak(at:)``, the UTF-8 offset of the first CR, LF or NUL.
    public init(_ text: String) throws(Problem) {
        if let offset = text.utf8.enumerated().first(where: { [0, 10, 13].contains($0.element) })?.offset {
            throw .lineBreak(at: offset)
        }
        self.text = text
    }

    /// Creates a value from a line, which never holds a line break.
    public init(_ line: Line) { text = line.text }

    /// The text.
    public var description: String { text }
}
