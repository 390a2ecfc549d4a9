/// Parameters of a content line (RFC 5545 §3.2, RFC 6868), and what programs write in their place.
///
/// In lenient mode, a colon, semicolon or quote within a text that should have been quoted is part of the text, wherever the rest of
/// the line shows that it cannot be the separator.
extension LineParser {
    /// Parses the parameter whose semicolon is at `position`, and advances `position` past it.
    mutating func parameter(
        _ bytes: Span<UInt8>, _ position: inout Int, of property: PropertyName, isStrict: Bool
    ) throws(ICalendarError) -> Parameter {
        let start = position + 1
        position = start
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > start, position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
            throw Self.malformed("a parameter without “=”")
        }
        let name = try Self.parameterName(bytes.extracting(start..<position))
        let separators = Separators(of: name, property, isStrict: isStrict)
        let first = try value(bytes, &position, separators)
        guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { return Parameter(name, first) }
        var values = [first]
        while position < bytes.count, bytes[position] == UInt8(ascii: ",") {
            values.append(try value(bytes, &position, separators))
        }
        return Parameter(name, values: values)
    }

    /// Parses the parameter value after the `=` or `,` at `position`: quoted, or up to the next separator.
    private mutating func value(
        _ bytes: Span<UInt8>, _ position: inout Int, _ separators: Separators
    ) throws(ICalendarError) -> String {
        position += 1
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            return try unquoted(bytes, &position, separators)
        }
        let start = position + 1
        var end = start
        var hasCaret = false
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "^") { hasCaret = true }
            if bytes[end] == UInt8(ascii: "\""), separators.endsQuotes(bytes, end) { break }
            end += 1
        }
        if end == bytes.count {
            guard !separators.isStrict else { throw Self.malformed("a quote that is not closed") }
            oddity = Self.malformed("a quote that is not closed")
            position = start
            return try unquoted(bytes, &position, separators)
        }
        position = end + 1
        return text(bytes.extracting(start..<end), hasCaret: hasCaret)
    }

    private mutating func unquoted(
        _ bytes: Span<UInt8>, _ position: inout Int, _ separators: Separators
    ) throws(ICalendarError) -> String {
        let start = position
        var hasCaret = false
        scan: while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard !separators.isStrict else { throw Self.malformed("a quote within a parameter") }
                oddity = Self.malformed("a quote within a parameter")
            case UInt8(ascii: ":"): if separators.endsParameters(bytes, position) { break scan }
            case UInt8(ascii: ";"): if separators.beginsParameter(bytes, position) { break scan }
            case UInt8(ascii: ","): break scan
            case UInt8(ascii: "^"): hasCaret = true
            default: break
            }
            position += 1
        }
        return text(bytes.extracting(start..<position), hasCaret: hasCaret)
    }

    /// Decodes `^n`, `^^` and `^'` (RFC 6868 §3.1); any other caret stands for itself.
    private mutating func text(_ text: Span<UInt8>, hasCaret: Bool) -> String {
        guard hasCaret else { return String(text) }
        scratch.removeAll(keepingCapacity: true)
        var position = 0
        while position < text.count {
            let next = position + 1 < text.count ? text[position + 1] : 0
            var decoded: UInt8?
            if text[position] == UInt8(ascii: "^") {
                switch next {
                case UInt8(ascii: "n"): decoded = 0x0A
                case UInt8(ascii: "^"): decoded = UInt8(ascii: "^")
                case UInt8(ascii: "'"): decoded = UInt8(ascii: "\"")
                default: break
                }
            }
            scratch.append(decoded ?? text[position])
            position += decoded == nil ? 1 : 2
        }
        return String(scratch.span)
    }
}

/// Where the value of a parameter ends.
struct Separators {
    let isStrict: Bool
    private let name: Parameter.Name
    private let valueType: ValueType

    /// The parameters whose values are words of a fixed set, and so never hold a separator.
    private static let words: Set<Parameter.Name> = [
        .value, .encoding, .cutype, .partstat, .role, .rsvp, .range, .related, .reltype, .derived, .feature, .display,
    ]
    /// URI schemes of calendar addresses other than `mailto`.
    private static let schemes: Set<String> = ["urn", "sip", "sips", "http", "https", "xmpp", "tel", "invalid", "ldap"]

    init(of name: Parameter.Name, _ property: PropertyName, isStrict: Bool) {
        (self.isStrict, self.name, valueType) = (isStrict, name, property.defaultType)
    }

    /// Whether the value may hold a separator that should have been quoted.
    private var isText: Bool { !Self.words.contains(name) }

    /// Whether the quote at a position is the closing one.
    func endsQuotes(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        guard !isStrict, position + 1 < bytes.count else { return true }
        switch bytes[position + 1] {
        case UInt8(ascii: ";"), UInt8(ascii: ","): return true
        case UInt8(ascii: ":"): return endsParameters(bytes, position + 1)
        default: return false
        }
    }

    /// Whether the semicolon at a position begins another parameter.
    func beginsParameter(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        guard !isStrict else { return true }
        var end = position + 1
        while end < bytes.count, LineParser.isNameByte(bytes[end]) { end += 1 }
        guard end > position + 1, end < bytes.count else { return !isText }
        return bytes[end] == UInt8(ascii: "=") || name != .cn
    }

    /// Whether the value of the property begins behind the colon at a position.
    ///
    /// No time holds a colon, so the last one counts; an address begins with `mailto:`, or else with another scheme or none.
    func endsParameters(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        guard !isStrict else { return true }
        switch valueType {
        case .dateTime: return Self.lastColon(bytes, after: position) == nil || !isText
        case .calendarAddress:
            guard let last = Self.lastColon(bytes, after: position) else { return true }
            if Self.lastMailto(bytes, after: position) != nil { return !isText }
            return Self.isMailto(bytes, position) || Self.hasScheme(bytes, position)
                || !Self.hasAtSign(bytes, after: last) || !isText
        case .text, .uri, .date, .time, .duration, .period, .recurrence, .integer, .float, .boolean, .binary,
            .utcOffset:
            return true
        }
    }

    private static func lastColon(_ bytes: Span<UInt8>, after position: Int) -> Int? {
        var index = bytes.count - 1
        while index > position {
            if bytes[index] == UInt8(ascii: ":") { return index }
            index -= 1
        }
        return nil
    }

    private static func lastMailto(_ bytes: Span<UInt8>, after position: Int) -> Int? {
        var index = bytes.count - 7
        while index > position {
            if bytes[index] == UInt8(ascii: ":"), isMailto(bytes, index) { return index }
            index -= 1
        }
        return nil
    }

    private static func isMailto(_ bytes: Span<UInt8>, _ colon: Int) -> Bool {
        let word: StaticString = "mailto:"
        guard colon + word.utf8CodeUnitCount < bytes.count else { return false }
        for offset in 0..<word.utf8CodeUnitCount - 1
        where bytes[colon + 1 + offset] | 0x20 != word.utf8Start[offset] { return false }
        return bytes[colon + word.utf8CodeUnitCount] == UInt8(ascii: ":")
    }

    private static func hasScheme(_ bytes: Span<UInt8>, _ colon: Int) -> Bool {
        var end = colon + 1
        while end < bytes.count, LineParser.isNameByte(bytes[end]) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ":") else { return false }
        return schemes.contains(String(bytes.extracting(colon + 1..<end)).lowercased())
    }

    private static func hasAtSign(_ bytes: Span<UInt8>, after position: Int) -> Bool {
        for index in position..<bytes.count where bytes[index] == UInt8(ascii: "@") { return true }
        return false
    }
}
