/// Encodes components, properties and values as JSON (RFC 7265 §3).
struct JCalValues {
    /// The encoded bytes that have not been removed yet.
    var bytes: [UInt8] = []

    /// `["vevent",[…],[…]]` (RFC 7265 §3.3).
    mutating func append(_ component: Component) {
        beginComponent(component.name, component.properties)
        separated(component.components) { $0.append($1) }
        endComponent()
    }

    mutating func beginComponent(_ name: Component.Name, _ properties: Properties) {
        bytes.append(UInt8(ascii: "["))
        bytes.appendJSON(name.text.lowercased())
        bytes.append(contentsOf: ",[".utf8)
        separated(properties) { $0.append($1) }
        bytes.append(contentsOf: "],[".utf8)
    }

    mutating func endComponent() {
        bytes.append(contentsOf: "]]".utf8)
    }

    /// `["summary",{},"text","…"]` (RFC 7265 §3.4).
    private mutating func append(_ property: Property) {
        bytes.append(UInt8(ascii: "["))
        bytes.appendJSON(property.name.text.lowercased())
        bytes.append(contentsOf: ",{".utf8)
        separated(property.parameters) { $0.append($1) }
        bytes.append(contentsOf: "},".utf8)
        bytes.appendJSON(Self.type(of: property))
        for value in property.value.each {
            bytes.append(UInt8(ascii: ","))
            append(value, of: property.name)
        }
        // An empty list is an empty value, as in a content line.
        if property.value.each.isEmpty { bytes.append(contentsOf: ",\"\"".utf8) }
        bytes.append(UInt8(ascii: "]"))
    }

    /// `"role":"CHAIR"`, or an array of several (RFC 7265 §3.4.1).
    private mutating func append(_ parameter: Parameter) {
        bytes.appendJSON(parameter.name.text.lowercased())
        bytes.append(UInt8(ascii: ":"))
        guard parameter.values.count > 1 else { return bytes.appendJSON(parameter.values[0]) }
        bytes.append(UInt8(ascii: "["))
        separated(parameter.values) { $0.bytes.appendJSON($1) }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The jCal type: `unknown` for unrecognized names without VALUE, and for values that could not be parsed (RFC 7265
    /// §5.1).
    private static func type(of property: Property) -> String {
        switch property.value {
        case .text, .textList: property.name.isRecognized ? "text" : "unknown"
        case .raw(let text, let type):
            property.name == .requestStatus ? "text" : isTime(text, type) ? "time" : rawType(type)
        case .uri, .calendarAddress, .utcDateTime, .localDateTime, .date, .duration, .period, .recurrence, .integer,
            .float, .coordinates, .boolean, .binary, .utcOffset, .list:
            property.value.typeName?.lowercased() ?? "unknown"
        }
    }

    private static func rawType(_ type: String?) -> String {
        guard let type else { return "unknown" }
        // A value that does not match a recognized type could not be read back.
        return ValueType(rawValue: type) == nil ? type.lowercased() : "unknown"
    }

    private mutating func append(_ value: Value, of name: PropertyName) {
        switch value {
        case .text(let text): append(text, of: name)
        case .uri(let uri): bytes.appendJSON(uri)
        case .calendarAddress(let address): bytes.appendJSON(address.uri)
        case .utcDateTime(let instant): quoted { $0.appendJSON(.utc(instant)) }
        case .localDateTime(let time): quoted { $0.appendJSON(.local(time)) }
        case .date(let date): quoted { $0.appendJSON(date) }
        case .duration(let duration): quoted { $0.append(duration) }
        case .period(let period): append(period)
        case .recurrence(let rule): append(rule)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        case .float(let number): bytes.appendDecimal(number)
        case .coordinates(let coordinates):
            bytes.append(UInt8(ascii: "["))
            bytes.appendDecimal(coordinates.latitude)
            bytes.append(UInt8(ascii: ","))
            bytes.appendDecimal(coordinates.longitude)
            bytes.append(UInt8(ascii: "]"))
        case .boolean(let isTrue): bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
        case .binary(let octets): quoted { Base64.append(octets, to: &$0) }
        case .utcOffset(let seconds): quoted { $0.appendJSONOffset(seconds) }
        case .raw(let text, let type): appendRaw(text, type, of: name)
        // Lists were split into their values before.
        case .textList, .list: bytes.append(contentsOf: "\"\"".utf8)
        }
    }

    private mutating func append(_ text: String, of name: PropertyName) {
        guard !name.isRecognized else { return bytes.appendJSON(text) }
        var escaped: [UInt8] = []
        Escaping.text.append(text, to: &escaped)
        bytes.appendJSON(String(decoding: escaped, as: UTF8.self))
    }

    /// REQUEST-STATUS is an array of its parts (RFC 7265 §3.4.1.2), TIME has colons (§3.6.5); other values are
    /// unchanged.
    private mutating func appendRaw(_ text: String, _ type: String?, of name: PropertyName) {
        if Self.isTime(text, type) {
            return quoted { $0.appendSeparated(Array(text.utf8)[...], by: ":", after: [2, 4]) }
        }
        guard name == .requestStatus else { return bytes.appendJSON(text) }
        bytes.append(UInt8(ascii: "["))
        separated(StructuredText.parts(text)) { $0.bytes.appendJSON($1) }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func isTime(_ text: String, _ type: String?) -> Bool {
        type == ValueType.time.rawValue && Times.isTime(Array(text.utf8).span)
    }

    /// An array of the start and the end or duration (RFC 7265 §3.6.9).
    private mutating func append(_ period: Period) {
        bytes.append(UInt8(ascii: "["))
        quoted { $0.appendJSON(period.start) }
        bytes.append(UInt8(ascii: ","))
        switch period.end {
        case .time(let time): quoted { $0.appendJSON(time) }
        case .duration(let duration): quoted { $0.append(duration) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// An object with the parts of the rule (RFC 7265 §3.6.10).
    private mutating func append(_ rule: RecurrenceRule) {
        bytes.append(UInt8(ascii: "{"))
        separated(rule.parts) { values, part in
            values.bytes.appendJSON(part.name.lowercased())
            values.bytes.append(UInt8(ascii: ":"))
            if part.name == "UNTIL", let until = rule.until { return values.append(until) }
            let items = part.value.split(separator: ",").map(String.init)
            if items.count > 1 { values.bytes.append(UInt8(ascii: "[")) }
            values.separated(items) { values, item in
                if Int(item) == nil {
                    values.bytes.appendJSON(item)
                } else {
                    values.bytes.append(contentsOf: item.utf8)
                }
            }
            if items.count > 1 { values.bytes.append(UInt8(ascii: "]")) }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func append(_ until: RecurrenceRule.Until) {
        quoted { text in
            switch until {
            case .date(let date): text.appendJSON(date)
            case .utc(let instant): text.appendJSON(.utc(instant))
            case .local(let time): text.appendJSON(.local(time))
            }
        }
    }

    private mutating func quoted(_ write: (inout [UInt8]) -> Void) {
        bytes.append(UInt8(ascii: "\""))
        write(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func separated<T>(_ items: some Sequence<T>, _ write: (inout Self, T) -> Void) {
        var isFirst = true
        for item in items {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(&self, item)
        }
    }
}

extension [UInt8] {
    /// `2026-12-09T14:00:00Z` (RFC 7265 §3.6.4).
    fileprivate mutating func appendJSON(_ time: Period.Time) {
        var plain: [UInt8] = []
        switch time {
        case .utc(let instant): plain.append(instant)
        case .local(let time): plain.appendDateTime(ClockFields(seconds: time.wallSeconds))
        }
        appendSeparated(plain[..<8], by: "-", after: [4, 6])
        appendSeparated(plain[8...], by: ":", after: [3, 5])
    }

    /// `2026-12-09` (RFC 7265 §3.6.3).
    fileprivate mutating func appendJSON(_ date: CivilDate) {
        var plain: [UInt8] = []
        plain.appendDate(ClockFields(seconds: date.daysSince1970 * Gregorian.secondsPerDay))
        appendSeparated(plain[...], by: "-", after: [4, 6])
    }

    /// `+01:00` (RFC 7265 §3.6.14).
    fileprivate mutating func appendJSONOffset(_ seconds: Int) {
        var plain: [UInt8] = []
        plain.appendOffset(seconds: seconds)
        appendSeparated(plain[...], by: ":", after: plain.count > 5 ? [3, 5] : [3])
    }

    fileprivate mutating func appendSeparated(_ plain: ArraySlice<UInt8>, by mark: Unicode.Scalar, after indices: [Int])
    {
        for (index, byte) in plain.enumerated() {
            if indices.contains(index) { append(UInt8(ascii: mark)) }
            append(byte)
        }
    }
}

/// Several texts separated by semicolons, as in REQUEST-STATUS (RFC 5545 §3.8.8.3).
enum StructuredText {
    static func parts(_ text: String) -> [String] {
        var parts: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in text.utf8 {
            switch (isEscaped, byte) {
            case (false, UInt8(ascii: "\\")): isEscaped = true
            case (false, UInt8(ascii: ";")): parts.append([])
            case (true, UInt8(ascii: "n")), (true, UInt8(ascii: "N")):
                parts[parts.count - 1].append(0x0A)
                isEscaped = false
            default:
                parts[parts.count - 1].append(byte)
                isEscaped = false
            }
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }

    static func text(_ parts: [String]) -> String {
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ";")) }
            Escaping.text.append(part, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
