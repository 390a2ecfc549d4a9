/// Parses the value of a property according to its type (RFC 5545 §3.3).
struct ValueReader {
    let name: PropertyName
    let isStrict: Bool

    /// Parses the bytes after the colon as the type given by VALUE, or else the property's default type.
    func value(
        _ bytes: Span<UInt8>, type stated: String?, scratch: inout [UInt8]
    ) throws(ICalendarError) -> Value {
        guard stated != nil || name.isRecognized else { return unknownText(bytes, scratch: &scratch) }
        var type = name.defaultType
        if let stated {
            let capitals = stated.uppercased()
            guard let statedType = ValueType(rawValue: capitals) else { return .raw(String(bytes), type: capitals) }
            type = statedType
        }
        if type == .text { return try text(bytes, scratch: &scratch) }
        // In a URI, a rule or an address, a comma is part of the value.
        guard name.isList || !name.isRecognized, Self.separatesByComma(type), let values = try list(bytes, type) else {
            return try single(bytes, type)
        }
        return .list(values)
    }

    /// Parses one value of a list; the type is nil for unrecognized names.
    func single(
        _ bytes: Span<UInt8>, type: String?, scratch: inout [UInt8]
    ) throws(ICalendarError) -> Value {
        guard let type else { return unknownText(bytes, scratch: &scratch) }
        guard let valueType = ValueType(rawValue: type) else { return .raw(String(bytes), type: type) }
        return valueType == .text ? .text(String(bytes)) : try single(bytes, valueType)
    }

    private static func separatesByComma(_ type: ValueType) -> Bool {
        switch type {
        case .text, .uri, .calendarAddress, .recurrence, .binary: false
        case .dateTime, .date, .time, .duration, .period, .integer, .float, .boolean, .utcOffset: true
        }
    }

    /// The values of a list, or nil if there is only one.
    private func list(_ bytes: Span<UInt8>, _ type: ValueType) throws(ICalendarError) -> [Value]? {
        var values: [Value] = []
        var start = 0
        for index in 0..<bytes.count where bytes[index] == UInt8(ascii: ",") {
            try append(bytes.extracting(start..<index), type, to: &values)
            start = index + 1
        }
        guard start > 0 else { return nil }
        try append(bytes.extracting(start..<bytes.count), type, to: &values)
        return values.isEmpty ? nil : values
    }

    /// In lenient mode, nothing between two commas, or behind the last one, is no value.
    private func append(_ bytes: Span<UInt8>, _ type: ValueType, to values: inout [Value]) throws(ICalendarError) {
        guard isStrict || !bytes.trimmedRange.isEmpty else { return }
        values.append(try single(bytes, type))
    }

    private func single(_ untrimmed: Span<UInt8>, _ type: ValueType) throws(ICalendarError) -> Value {
        let bytes = untrimmed.extracting(isStrict ? untrimmed.indices : untrimmed.trimmedRange)
        switch type {
        case .uri, .text: return .uri(String(bytes))
        case .calendarAddress: return .calendarAddress(CalendarAddress(uri: String(bytes)))
        case .dateTime: return try dateTime(bytes)
        case .date: return try date(bytes)
        case .time:
            // No standard property has a TIME value, so there is no case of `Value` for it.
            guard Times.isTime(bytes) else { throw malformed("a value that is not a TIME") }
            return .raw(String(bytes), type: type.rawValue)
        case .duration: return .duration(try require(Times.duration(bytes, isStrict: isStrict), type))
        case .period: return .period(try require(Times.period(bytes, isStrict: isStrict), type))
        case .recurrence: return .recurrence(try rule(bytes))
        case .integer: return .integer(try require(Int(String(bytes)), type))
        case .float: return name == .geo ? try coordinates(bytes) : .float(try require(Times.decimal(bytes), type))
        case .boolean: return .boolean(try require(boolean(bytes), type))
        case .binary: return .binary(try require(Base64.decode(bytes, needsPadding: isStrict), type))
        case .utcOffset: return .utcOffset(seconds: try require(Times.offset(bytes, isStrict: isStrict), type))
        }
    }

    private func require<T>(_ value: T?, _ type: ValueType) throws(ICalendarError) -> T {
        guard let value else { throw malformed("a value that is not a valid \(type.rawValue)") }
        return value
    }

    /// In lenient mode, accepts a DATE in place of a DATE-TIME, since it is unambiguous.
    private func dateTime(_ bytes: Span<UInt8>) throws(ICalendarError) -> Value {
        switch Times.dateTime(bytes) {
        case .utc(let instant): return .utcDateTime(instant)
        case .local(let time): return .localDateTime(time)
        case nil: return .date(try require(isStrict ? nil : Times.date(bytes), .dateTime))
        }
    }

    private func date(_ bytes: Span<UInt8>) throws(ICalendarError) -> Value {
        if let date = Times.date(bytes) { return .date(date) }
        // A DATE with a time of day behind it is the day all the same.
        guard !isStrict, bytes.count > 8, Times.dateTime(bytes) != nil, let date = Times.date(bytes.extracting(0..<8))
        else { throw malformed("a value that is not a DATE") }
        return .date(date)
    }

    private func rule(_ bytes: Span<UInt8>) throws(ICalendarError) -> RecurrenceRule {
        isStrict ? try RecurrenceRule(String(bytes)) : try RecurrenceRule(lenient: String(bytes))
    }

    private func boolean(_ bytes: Span<UInt8>) -> Bool? {
        switch String(bytes).uppercased() {
        case "TRUE": true
        case "FALSE": false
        default: nil
        }
    }

    private func coordinates(_ bytes: Span<UInt8>) throws(ICalendarError) -> Value {
        var separator = 0
        while separator < bytes.count, bytes[separator] != UInt8(ascii: ";") { separator += 1 }
        guard separator < bytes.count, let latitude = Times.decimal(bytes.extracting(0..<separator)),
            let longitude = Times.decimal(bytes.extracting(separator + 1..<bytes.count))
        else { throw malformed("a geographic position that is not two numbers") }
        return .coordinates(Coordinates(latitude: latitude, longitude: longitude))
    }

    private func malformed(_ problem: String) -> ICalendarError {
        ICalendarError(
            code: .malformedValue, location: name.text, problem: problem, next: "See RFC 5545 §3.3.")
    }
}

/// Values of type TEXT (RFC 5545 §3.3.11).
extension ValueReader {
    private func text(_ bytes: Span<UInt8>, scratch: inout [UInt8]) throws(ICalendarError) -> Value {
        // REQUEST-STATUS consists of several texts separated by semicolons (RFC 5545 §3.8.8.3).
        if name == .requestStatus { return .raw(String(bytes), type: nil) }
        var hasEscape = false
        var hasComma = false
        for index in 0..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"): hasEscape = true
            case UInt8(ascii: ","): hasComma = true
            case UInt8(ascii: ";"): if isStrict, !hasEscape { throw malformed("an unescaped semicolon") }
            default: break
            }
        }
        if name.isList { return .textList(hasComma || hasEscape ? try texts(bytes, &scratch) : [String(bytes)]) }
        if hasComma, isStrict, !hasEscape { throw malformed("an unescaped comma") }
        if !hasEscape { return .text(String(bytes)) }
        var end = 0
        return .text(try unescape(bytes, from: 0, to: &end, &scratch))
    }

    private func texts(_ bytes: Span<UInt8>, _ scratch: inout [UInt8]) throws(ICalendarError) -> [String] {
        var texts: [String] = []
        var index = 0
        while true {
            var end = 0
            texts.append(try unescape(bytes, from: index, to: &end, &scratch))
            guard end < bytes.count else { return texts }
            index = end + 1
        }
    }

    /// Unescapes the text from `start` to the end or, in a list, to the next unescaped comma.
    private func unescape(
        _ bytes: Span<UInt8>, from start: Int, to end: inout Int, _ scratch: inout [UInt8]
    ) throws(ICalendarError) -> String {
        scratch.removeAll(keepingCapacity: true)
        var index = start
        scan: while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\\"):
                scratch.append(try escaped(index < bytes.count ? bytes[index] : nil))
                index += 1
            case UInt8(ascii: ","):
                if name.isList {
                    index -= 1
                    break scan
                }
                if isStrict { throw malformed("an unescaped comma") }
                scratch.append(byte)
            case UInt8(ascii: ";"):
                if isStrict { throw malformed("an unescaped semicolon") }
                scratch.append(byte)
            default: scratch.append(byte)
            }
        }
        end = min(index, bytes.count)
        return String(scratch.span)
    }

    /// The character that a backslash and this byte stand for.
    private func escaped(_ byte: UInt8?) throws(ICalendarError) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"), UInt8(ascii: "N"): return 0x0A
        case UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","): return byte ?? 0
        case let byte:
            // Old programs also escape colons and quotes.
            if isStrict { throw malformed("a backslash that escapes nothing") }
            return byte ?? UInt8(ascii: "\\")
        }
    }

    /// The value of an unrecognized property: TEXT (RFC 5545 §3.8.8), unless it is not escaped as TEXT would be.
    private func unknownText(_ bytes: Span<UInt8>, scratch: inout [UInt8]) -> Value {
        var index = 0
        var isPlain = true
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ";"), UInt8(ascii: ","): return .raw(String(bytes), type: nil)
            case UInt8(ascii: "\\"):
                guard index + 1 < bytes.count else { return .raw(String(bytes), type: nil) }
                switch bytes[index + 1] {
                case UInt8(ascii: "n"), UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","): break
                default: return .raw(String(bytes), type: nil)
                }
                isPlain = false
                index += 1
            default: break
            }
            index += 1
        }
        guard !isPlain else { return .text(String(bytes)) }
        var end = 0
        do throws(ICalendarError) {
            return .text(try unescape(bytes, from: 0, to: &end, &scratch))
        } catch {
            return .raw(String(bytes), type: nil)
        }
    }
}
