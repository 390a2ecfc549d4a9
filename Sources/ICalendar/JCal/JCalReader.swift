extension Calendar {
    /// Reads a calendar in jCal (RFC 7265).
    ///
    /// - Parameters:
    ///   - bytes: One complete calendar as JSON, in UTF-8.
    ///   - limits: The maximum nesting depth, and the maximum number of properties and components in a component.
    /// - Throws: ``ICalendarError`` for invalid JSON, invalid jCal, or a value that does not match its type.
    public init(jCal bytes: some Collection<UInt8>, limits: ReaderLimits = ReaderLimits()) throws(ICalendarError) {
        // A component is nested two arrays deep, and a value within it at most five more.
        let json = try JSONParser.parse(Array(bytes), depth: limits.depth * 2 + 5)
        let component = try JCalReader(limits: limits).component(json, depth: 1)
        guard let calendar = Calendar(component) else {
            throw JCalReader.malformed("a component that is not a vcalendar")
        }
        self = calendar
    }
}

/// Converts JSON to components (RFC 7265 §4).
struct JCalReader {
    let limits: ReaderLimits

    func component(_ json: JSON, depth: Int) throws(ICalendarError) -> Component {
        guard let parts = json.array, parts.count == 3, let name = parts[0].string, let properties = parts[1].array,
            let components = parts[2].array
        else { throw Self.malformed("a component that is not a name and two arrays") }
        guard depth <= limits.depth, properties.count <= limits.partsPerComponent else {
            throw ICalendarError(
                code: .tooLarge, location: "jCal", problem: "a component that is too large or nested too deep",
                next: "Raise the limit if you trust the calendar.")
        }
        var component = Component(try Component.Name(name))
        var read: [Property] = []
        for json in properties { read.append(try property(json)) }
        component.properties = Properties(read: read)
        for json in components { component.components.append(try self.component(json, depth: depth + 1)) }
        return component
    }

    private func property(_ json: JSON) throws(ICalendarError) -> Property {
        guard let parts = json.array, parts.count >= 4, let text = parts[0].string,
            case .object(let members) = parts[1], let type = parts[2].string
        else { throw Self.malformed("a property that is not a name, parameters, type and value") }
        let name = try PropertyName(text)
        var parameters: [Parameter] = []
        for member in members { parameters.append(try parameter(member)) }
        var values: [Value] = []
        do throws(ICalendarError) {
            for json in parts[3...] { values.append(try value(json, name, type.uppercased())) }
        } catch {
            throw ICalendarError(code: error.code, location: name.text, problem: error.problem, next: error.next)
        }
        return Property(name, Self.joined(values, name), parameters)
    }

    private func parameter(_ member: JSON.Member) throws(ICalendarError) -> Parameter {
        let name = try Parameter.Name(member.name)
        if let text = member.value.string { return Parameter(name, text) }
        let texts = member.value.array?.compactMap(\.string) ?? []
        guard !texts.isEmpty, texts.count == member.value.array?.count else {
            throw Self.malformed("a parameter that is not a string")
        }
        return Parameter(name, values: texts)
    }

    /// Combines several values into one.
    private static func joined(_ values: [Value], _ name: PropertyName) -> Value {
        let texts = values.compactMap { value -> String? in
            if case .text(let text) = value { text } else { nil }
        }
        if texts.count == values.count, name.isList || values.count > 1 { return .textList(texts) }
        return values.count == 1 ? values[0] : .list(values)
    }

    private func value(_ json: JSON, _ name: PropertyName, _ type: String) throws(ICalendarError) -> Value {
        if let parts = json.array, name == .requestStatus {
            return .raw(StructuredText.text(parts.compactMap(\.string)), type: nil)
        }
        if type == "TEXT", let text = json.string { return .text(text) }
        // All other values are converted to the form of a content line, and parsed from that.
        let line = try Self.line(json, type)
        let isUnknown = type == "UNKNOWN"
        if isUnknown, name.isRecognized { return .raw(line, type: nil) }
        var scratch: [UInt8] = []
        let bytes = Array(line.utf8)
        // Lenient, because a rule that was read leniently may contain parts without meaning, and is written with them.
        return try ValueReader(name: name, isStrict: false).single(
            bytes.span, type: isUnknown ? nil : type, scratch: &scratch)
    }

    /// The value in the form of RFC 5545.
    private static func line(_ json: JSON, _ type: String) throws(ICalendarError) -> String {
        switch (json, ValueType(rawValue: type)) {
        case (.string(let text), .dateTime), (.string(let text), .date), (.string(let text), .time): return plain(text)
        case (.string(let text), .utcOffset): return text.filter { $0 != ":" }
        case (.string(let text), _): return text
        case (.number(let text), .integer): return text
        case (.number(let text), .float): return try decimal(text)
        case (.bool(let isTrue), .boolean): return isTrue ? "TRUE" : "FALSE"
        case (.array(let parts), .period): return parts.compactMap(\.string).map(periodPart).joined(separator: "/")
        case (.array(let parts), .float):
            var texts: [String] = []
            for part in parts { texts.append(try line(part, type)) }
            return texts.joined(separator: ";")
        case (.object(let members), .recurrence): return try rule(members)
        case (.null, _), (.bool, _), (.number, _), (.array, _), (.object, _):
            throw malformed("a value that does not fit its type")
        }
    }

    /// `20261209T140000Z` for `2026-12-09T14:00:00Z`.
    private static func plain(_ text: String) -> String {
        text.filter { $0 != "-" && $0 != ":" }
    }

    private static func periodPart(_ text: String) -> String {
        text.contains("P") ? text : plain(text)
    }

    /// JSON allows exponents, RFC 5545 does not.
    private static func decimal(_ text: String) throws(ICalendarError) -> String {
        guard let number = Double(text) else { throw malformed("an invalid number") }
        var bytes: [UInt8] = []
        bytes.appendDecimal(number)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func rule(_ members: [JSON.Member]) throws(ICalendarError) -> String {
        var parts: [String] = []
        for member in members {
            var texts: [String] = []
            for json in member.value.array ?? [member.value] {
                switch json {
                case .string(let text): texts.append(member.name.lowercased() == "until" ? plain(text) : text)
                case .number(let text): texts.append(text)
                case .null, .bool, .array, .object: throw malformed("a part of a rule that is neither text nor number")
                }
            }
            parts.append(member.name.uppercased() + "=" + texts.joined(separator: ","))
        }
        return parts.joined(separator: ";")
    }

    static func malformed(_ problem: String) -> ICalendarError {
        ICalendarError(code: .malformedValue, location: "jCal", problem: problem, next: "See RFC 7265.")
    }
}
