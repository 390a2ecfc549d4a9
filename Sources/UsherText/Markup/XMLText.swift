/// XML: literals are kept as they are, and interpolated values are escaped, so that no value can become markup.
package struct XMLText: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    package let text: String

    /// Collects the literals and the values.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }
        package mutating func appendLiteral(_ literal: String) { text += literal }
        /// XML is inserted as it is.
        package mutating func appendInterpolation(_ xml: XMLText) { text += xml.text }
        /// A value is escaped; characters that no XML 1.0 document may hold (§2.2) are left out, and so is CR,
        /// because a parser would make CR LF one line end anyway (§2.11).
        package mutating func appendInterpolation(_ value: String) {
            for scalar in value.unicodeScalars {
                switch scalar {
                case "&": text += "&amp;"
                case "<": text += "&lt;"
                case ">": text += "&gt;"
                case "\"": text += "&quot;"
                case "\t", "\n", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                    text.unicodeScalars.append(scalar)
                default: continue
                }
            }
        }
    }

    package init(stringLiteral value: String) { text = value }
    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Creates XML from parts, one after the other.
    package init(joining parts: [XMLText]) { text = parts.map(\.text).joined() }
}
