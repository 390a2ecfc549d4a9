/// HTML: literals are kept as they are, and interpolated values are escaped, so that no value can become markup.
package struct HTMLText: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    package let text: String

    /// Collects the literals and the values.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }
        package mutating func appendLiteral(_ literal: String) { text += literal }
        /// HTML is inserted as it is.
        package mutating func appendInterpolation(_ html: HTMLText) { text += html.text }
        /// A value is escaped, and its line ends become `<br>`.
        package mutating func appendInterpolation(_ value: String) {
            text += MarkupEscape.text(value).replacingOctets(of: "\n", with: "<br>")
        }
    }

    package init(stringLiteral value: String) { text = value }
    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Creates HTML from parts and what separates them.
    package init(joining parts: [HTMLText], by separator: HTMLText = "") {
        text = parts.map(\.text).joined(separator: separator.text)
    }
}
