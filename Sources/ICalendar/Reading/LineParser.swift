/// Parses one content line into name, parameters and value (RFC 5545 §3.1, §3.2; RFC 6868).
struct LineParser {
    /// A parsed content line.
    enum Line {
        case begin(Component.Name)
        case end(Component.Name)
        case property(Property)
        /// A line without meaning, reported as a problem.
        case nothing
    }

    private var isFirst = true
    var scratch: [UInt8] = []
    /// What was wrong with a parameter of the line that could be read all the same.
    var oddity: ICalendarError?

    /// Parses an unfolded line without its line break.
    ///
    /// In lenient mode, problems are recorded.
    mutating func parse(
        _ bytes: Span<UInt8>, defects: LineAssembler.Defects, line: Int, problems: inout Problems
    ) throws(ICalendarError) -> Line {
        do throws(ICalendarError) {
            var start = 0
            if defects.contains(.beyondASCII) {
                start = isFirst ? Self.byteOrderMark(bytes) : 0
                if start > 0 { try problems.report(Self.malformed("a byte order mark").at(line: line)) }
                if !Self.isUTF8(bytes) {
                    try problems.report(Self.malformed("bytes that are not UTF-8").at(line: line))
                }
            }
            isFirst = false
            return try parse(bytes.extracting(start..<bytes.count), line: line, problems: &problems)
        } catch {
            try problems.report(error.line == nil ? error.at(line: line) : error)
            return .nothing
        }
    }

    private mutating func parse(
        _ bytes: Span<UInt8>, line: Int, problems: inout Problems
    ) throws(ICalendarError) -> Line {
        if Self.begins(bytes, "BEGIN:") { return .begin(try Self.componentName(bytes.extracting(6..<bytes.count))) }
        if Self.begins(bytes, "END:") { return .end(try Self.componentName(bytes.extracting(4..<bytes.count))) }
        guard bytes.count > 0 else { throw Self.malformed("a blank line") }
        var position = 0
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > 0, position < bytes.count else { throw Self.malformed("no name before a colon") }
        let name = try Self.propertyName(bytes.extracting(0..<position))
        let end = position
        oddity = nil
        var parameters: [Parameter] = []
        var type: String?
        do throws(ICalendarError) {
            while position < bytes.count, bytes[position] == UInt8(ascii: ";") {
                let parameter = try self.parameter(bytes, &position, of: name, isStrict: problems.isStrict)
                if parameter.name == .value { type = parameter.values[0] } else { parameters.append(parameter) }
            }
            guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw Self.malformed("no colon") }
        } catch {
            guard !problems.isStrict, name.isRecognized else { throw error.at(line: line, location: name.text) }
            // Kept as it is: a property that cannot be read must not look as if it were not there.
            try problems.report(error.at(line: line, location: name.text))
            let rest = String(bytes.extracting(end..<bytes.count))
            return .property(Property(name, .raw(rest, type: Property.unreadable), []))
        }
        if let oddity { try problems.report(oddity.at(line: line, location: name.text)) }
        return .property(
            try property(
                name, bytes.extracting(position + 1..<bytes.count), type: type, parameters, line: line,
                problems: &problems))
    }

    private mutating func property(
        _ name: PropertyName, _ bytes: Span<UInt8>, type: String?, _ parameters: [Parameter], line: Int,
        problems: inout Problems
    ) throws(ICalendarError) -> Property {
        let reader = ValueReader(name: name, isStrict: problems.isStrict)
        do throws(ICalendarError) {
            let value = try reader.value(bytes, type: type, scratch: &scratch)
            if problems.isStrict { try Self.check(value, parameters) }
            return Property(name, value, parameters)
        } catch {
            // In lenient mode, a value that cannot be parsed is kept as text.
            try problems.report(error.at(line: line, location: name.text))
            return Property(name, .raw(String(bytes), type: type?.uppercased()), parameters)
        }
    }

    /// TZID must not be used with UTC (RFC 5545 §3.2.19), and binary data must be Base64 (§3.2.7).
    private static func check(_ value: Value, _ parameters: [Parameter]) throws(ICalendarError) {
        switch value {
        case .utcDateTime:
            guard !parameters.contains(where: { $0.name == .tzid }) else { throw malformed("TZID at a time in UTC") }
        case .binary:
            let encoding = parameters.first { $0.name == .encoding }?.values.first
            guard encoding?.uppercased() == "BASE64" else { throw malformed("octets without ENCODING=BASE64") }
        case .text, .textList, .uri, .calendarAddress, .localDateTime, .date, .duration, .period, .recurrence,
            .integer, .float, .coordinates, .boolean, .utcOffset, .list, .raw:
            break
        }
    }
}

extension LineParser {
    static func propertyName(_ text: Span<UInt8>) throws(ICalendarError) -> PropertyName {
        if let name = PropertyName.table.find(text) { return name }
        return try PropertyName(String(text))
    }

    static func parameterName(_ text: Span<UInt8>) throws(ICalendarError) -> Parameter.Name {
        if let name = Parameter.Name.table.find(text) { return name }
        return try Parameter.Name(String(text))
    }

    private static func componentName(_ text: Span<UInt8>) throws(ICalendarError) -> Component.Name {
        if let name = Component.Name.table.find(text) { return name }
        var end = text.count
        while end > 0, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        return try Component.Name(String(text.extracting(0..<end)))
    }

    /// Whether a line begins with letters and a colon; case does not matter.
    private static func begins(_ bytes: Span<UInt8>, _ start: StaticString) -> Bool {
        let count = start.utf8CodeUnitCount
        guard bytes.count > count else { return false }
        for position in 0..<count where bytes[position] & 0xDF != start.utf8Start[position] & 0xDF { return false }
        return true
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func byteOrderMark(_ bytes: Span<UInt8>) -> Int {
        bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    private static func isUTF8(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) } != nil
    }

    static func malformed(_ problem: String) -> ICalendarError {
        ICalendarError(
            code: .malformedLine, location: "content line", problem: problem, next: "See RFC 5545 §3.1.")
    }
}
