/// Validates the names of properties, parameters and components: letters, digits and hyphens (RFC 5545 §3.1, `name`).
enum Token {
    /// The name in uppercase, since names are case-insensitive.
    static func capitals(_ text: String, of kind: String) throws(ICalendarError) -> String {
        guard !text.isEmpty, text.utf8.allSatisfy(isAllowed) else {
            throw ICalendarError(
                code: .malformedName, location: "name of a \(kind)", problem: "“\(printable(text))”",
                next: "Use letters, digits and hyphens only.")
        }
        return text.uppercased()
    }

    /// A word of a fixed set, such as a status, in uppercase and without blanks around it.
    ///
    /// RFC 5545 §2: such values are case-insensitive.
    static func word(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") })
        else { return text }
        return String(text.split(separator: " ").joined(separator: " ")).uppercased()
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// At most 60 characters of a text with control characters replaced, so that an error message stays on one line.
    static func printable(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(60) {
            shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return String(shown)
    }
}
