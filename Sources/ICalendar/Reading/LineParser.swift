/// Takes one content line apart: name, parameters, value (RFC 5545 §3.1, §3.2; RFC 6868).
struct LineParser {
    /// What a content line is.
    enum Line {
        case begin(Component.Name)
        case end(Component.Name)
        case property(Property)
        /// Of no meaning: noted as a problem, unless it is blank.
        case nothing
    }

    private var isFirst = true
    private var scratch: [UInt8] = []

    /// What an unfolded line without its line break says; a lenient reader's problems with it are noted.
    mutating func parse(
        _ bytes: Span<UInt8>, faults: LineAssembler.Faults, line: Int, problems: inout Problems
    ) throws(ICalendarError) -> Line {
        do throws(ICalendarError) {
            var start = 0
            if faults.contains(.beyondASCII) {
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
        var place = 0
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        guard place > 0, place < bytes.count else { throw Self.malformed("no name before a colon") }
        let name = try Self.propertyName(bytes.extracting(0..<place))
        var parameters: [Parameter] = []
        var type: String?
        do throws(ICalendarError) {
            while place < bytes.count, bytes[place] == UInt8(ascii: ";") {
                let parameter = try self.parameter(bytes, &place)
                if parameter.name == .value { type = parameter.values[0] } else { parameters.append(parameter) }
            }
            guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else { throw Self.malformed("no colon") }
        } catch {
            throw error.at(line: line, place: name.text)
        }
        return .property(
            try property(
                name, bytes.extracting(place + 1..<bytes.count), type: type, parameters, line: line,
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
            // A lenient reader keeps what it does not understand, as it stands.
            try problems.report(error.at(line: line, place: name.text))
            return Property(name, .raw(String(bytes), type: type?.uppercased()), parameters)
        }
    }

    /// RFC 5545 §3.2.19: TZID is not for UTC; §3.2.7: octets come in Base64.
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

    /// A parameter that begins at `place` with a semicolon; `place` moves to what follows it.
    private mutating func parameter(_ bytes: Span<UInt8>, _ place: inout Int) throws(ICalendarError) -> Parameter {
        let start = place + 1
        place = start
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        guard place > start, place < bytes.count, bytes[place] == UInt8(ascii: "=") else {
            throw Self.malformed("a parameter without “=”")
        }
        let name = try Self.parameterName(bytes.extracting(start..<place))
        let first = try parameterValue(bytes, &place)
        guard place < bytes.count, bytes[place] == UInt8(ascii: ",") else { return Parameter(name, first) }
        var values = [first]
        while place < bytes.count, bytes[place] == UInt8(ascii: ",") {
            values.append(try parameterValue(bytes, &place))
        }
        return Parameter(name, values: values)
    }

    /// A value after the `=` or `,` at `place`: in quotes, or up to what separates.
    private mutating func parameterValue(_ bytes: Span<UInt8>, _ place: inout Int) throws(ICalendarError) -> String {
        place += 1
        var start = place
        var hasCaret = false
        let isQuoted = place < bytes.count && bytes[place] == UInt8(ascii: "\"")
        if isQuoted { (start, place) = (start + 1, place + 1) }
        scan: while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                if isQuoted { break scan }
                throw Self.malformed("a quote within a parameter")
            case UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: ","): if !isQuoted { break scan }
            case UInt8(ascii: "^"): hasCaret = true
            default: break
            }
            place += 1
        }
        let end = place
        if isQuoted {
            guard place < bytes.count else { throw Self.malformed("a quote that is not closed") }
            place += 1
        }
        let text = bytes.extracting(start..<end)
        return hasCaret ? uncaret(text) : String(text)
    }

    /// RFC 6868 §3.1: `^n`, `^^` and `^'`; any other caret is one.
    private mutating func uncaret(_ text: Span<UInt8>) -> String {
        scratch.removeAll(keepingCapacity: true)
        var place = 0
        while place < text.count {
            let next = place + 1 < text.count ? text[place + 1] : 0
            var decoded: UInt8?
            if text[place] == UInt8(ascii: "^") {
                switch next {
                case UInt8(ascii: "n"): decoded = 0x0A
                case UInt8(ascii: "^"): decoded = UInt8(ascii: "^")
                case UInt8(ascii: "'"): decoded = UInt8(ascii: "\"")
                default: break
                }
            }
            scratch.append(decoded ?? text[place])
            place += decoded == nil ? 1 : 2
        }
        return String(scratch.span)
    }
}

extension LineParser {
    private static func propertyName(_ text: Span<UInt8>) throws(ICalendarError) -> PropertyName {
        if let known = PropertyName.table.find(text) { return known }
        return try PropertyName(String(text))
    }

    private static func parameterName(_ text: Span<UInt8>) throws(ICalendarError) -> Parameter.Name {
        if let known = Parameter.Name.table.find(text) { return known }
        return try Parameter.Name(String(text))
    }

    private static func componentName(_ text: Span<UInt8>) throws(ICalendarError) -> Component.Name {
        if let known = Component.Name.table.find(text) { return known }
        var end = text.count
        while end > 0, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        return try Component.Name(String(text.extracting(0..<end)))
    }

    /// Whether a line begins with letters and a colon; case does not matter.
    private static func begins(_ bytes: Span<UInt8>, _ start: StaticString) -> Bool {
        let count = start.utf8CodeUnitCount
        guard bytes.count > count else { return false }
        for place in 0..<count where bytes[place] & 0xDF != start.utf8Start[place] & 0xDF { return false }
        return true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
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

    static func malformed(_ found: String) -> ICalendarError {
        ICalendarError(
            code: .malformedLine, place: "content line", found: found, next: "Write it as RFC 5545 §3.1 says.")
    }
}
