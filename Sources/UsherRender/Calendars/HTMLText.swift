/// Text of type HTML: literals stand as they are, and what is interpolated is escaped, so that no value can become markup.
struct HTMLText: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    let text: String

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }
        mutating func appendLiteral(_ literal: String) { text += literal }
        /// HTML goes in as it is.
        mutating func appendInterpolation(_ html: HTMLText) { text += html.text }
        /// A value is escaped (HTML Living Standard §13.1.2.3, §13.1.4), line ends become `<br>`.
        mutating func appendInterpolation(_ value: String) {
            text += HTMLValue().escapeText(value).replacing("\n", with: "<br>")
        }
    }

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Some, one after the other.
    init(joining parts: [HTMLText], by separator: HTMLText = "") {
        text = parts.map(\.text).joined(separator: separator.text)
    }
}
