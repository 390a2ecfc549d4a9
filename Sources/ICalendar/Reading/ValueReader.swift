/// Reads the value of a property by its type (RFC 5545 §3.3).
struct ValueReader {
    let name: PropertyName
    let isStrict: Bool

    /// The value that the bytes after the colon are, by the type that VALUE states or else the name's own.
    func value(
        _ bytes: Span<UInt8>, type stated: String?, scratch: inout [UInt8]
    ) throws(ICalendarError) -> Value {
        guard stated != nil || name.isKnown else { return unknownText(bytes, scratch: &scratch) }
        var type = name.defaultType
        if let stated {
            let capitals = stated.uppercased()
            guard let known = ValueType(rawValue: capitals) else { return .raw(String(bytes), type: capitals) }
            type = known
        }
        if type == .text { return try text(bytes, scratch: &scratch) }
        // A comma belongs to a URI, a rule, an address.
        guard name.isList || !name.isKnown, Self.separatesByComma(type), let values = try list(bytes, type) else {
            return try single(bytes, type)
        }
        return .list(values)
    }

    /// One value of a list, by its type; nil stands for a name that is not known.
    func single(
        _ bytes: Span<UInt8>, type: String?, scratch: inout [UInt8]
    ) throws(ICalendarError) -> Value {
        guard let type else { return unknownText(bytes, scratch: &scratch) }
        guard let known = ValueType(rawValue: type) else { return .raw(String(bytes), type: type) }
        return known == .text ? .text(String(bytes)) : try single(bytes, known)
    }

    private static func separatesByComma(_ type: ValueType) -> Bool {
        switch type {
        case .text, .uri, .calendarAddress, .recurrence, .binary: false
        case .dateTime, .date, .time, .duration, .period, .integer, .float, .boolean, .utcOffset: true
        }
    }

    /// Nil where there is but one.
    private func list(_ bytes: Span<UInt8>, _ type: ValueType) throws(ICalendarError) -> [Value]? {
        var values: [Value] = []
        var start = 0
        for place in 0..<bytes.count where bytes[place] == UInt8(ascii: ",") {
            values.append(try single(bytes.extracting(start..<place), type))
            start = place + 1
        }
        guard start > 0 else { return nil }
        values.append(try single(bytes.extracting(start..<bytes.count), type))
        return values
    }

    private func single(_ bytes: Span<UInt8>, _ type: ValueType) throws(ICalendarError) -> Value {
        switch type {
        case .uri, .text: return .uri(String(bytes))
        case .calendarAddress: return .calendarAddress(CalendarAddress(uri: String(bytes)))
        case .dateTime: return try dateTime(bytes)
        case .date: return try date(bytes)
        case .time:
            // Dates are none without their day, so a time alone has no type of its own here.
            guard Times.isTime(bytes) else { throw malformed("a value that is no TIME") }
            return .raw(String(bytes), type: type.rawValue)
        case .duration: return .duration(try some(Times.duration(bytes, isStrict: isStrict), type))
        case .period: return .period(try some(Times.period(bytes, isStrict: isStrict), type))
        case .recurrence: return .recurrence(try rule(bytes))
        case .integer: return .integer(try some(Int(String(bytes)), type))
        case .float: return name == .geo ? try coordinates(bytes) : .float(try some(Times.decimal(bytes), type))
        case .boolean: return .boolean(try some(boolean(bytes), type))
        case .binary: return .binary(try some(Base64.decode(bytes, needsPadding: isStrict), type))
        case .utcOffset: return .utcOffset(seconds: try some(Times.offset(bytes, isStrict: isStrict), type))
        }
    }

    private func some<T>(_ value: T?, _ type: ValueType) throws(ICalendarError) -> T {
        guard let value else { throw malformed("a value that is no \(type.rawValue)") }
        return value
    }

    /// Unless strict, a DATE where a time is due is understood, since it cannot mean anything else.
    private func dateTime(_ bytes: Span<UInt8>) throws(ICalendarError) -> Value {
        switch Times.dateTime(bytes) {
        case .utc(let instant): return .utcDateTime(instant)
        case .local(let time): return .localDateTime(time)
        case nil: return .date(try some(isStrict ? nil : Times.date(bytes), .dateTime))
        }
    }

    private func date(_ bytes: Span<UInt8>) throws(ICalendarError) -> Value {
        if let date = Times.date(bytes) { return .date(date) }
        guard !isStrict else { throw malformed("a value that is no DATE") }
        switch try some(Times.dateTime(bytes), .date) {
        case .utc(let instant): return .utcDateTime(instant)
        case .local(let time): return .localDateTime(time)
        }
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
        else { throw malformed("a place that is not two numbers") }
        return .coordinates(Coordinates(latitude: latitude, longitude: longitude))
    }

    private func malformed(_ found: String) -> ICalendarError {
        ICalendarError(
            code: .malformedValue, place: name.text, found: found, next: "Write it as RFC 5545 §3.3 says.")
    }
}

/// Values of type TEXT (RFC 5545 §3.3.11).
extension ValueReader {
    private func text(_ bytes: Span<UInt8>, scratch: inout [UInt8]) throws(ICalendarError) -> Value {
        // REQUEST-STATUS is several texts between semicolons (RFC 5545 §3.8.8.3).
        if name == .requestStatus { return .raw(String(bytes), type: nil) }
        var hasEscape = false
        var hasComma = false
        for place in 0..<bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\\"): hasEscape = true
            case UInt8(ascii: ","): hasComma = true
            case UInt8(ascii: ";"): if isStrict, !hasEscape { throw malformed("a semicolon without its backslash") }
            default: break
            }
        }
        if name.isList { return .textList(hasComma || hasEscape ? try texts(bytes, &scratch) : [String(bytes)]) }
        if hasComma, isStrict, !hasEscape { throw malformed("a comma without its backslash") }
        if !hasEscape { return .text(String(bytes)) }
        var end = 0
        return .text(try unescape(bytes, from: 0, to: &end, &scratch))
    }

    private func texts(_ bytes: Span<UInt8>, _ scratch: inout [UInt8]) throws(ICalendarError) -> [String] {
        var texts: [String] = []
        var place = 0
        while true {
            var end = 0
            texts.append(try unescape(bytes, from: place, to: &end, &scratch))
            guard end < bytes.count else { return texts }
            place = end + 1
        }
    }

    /// The text from `start` to the end, or in a list to the next bare comma.
    private func unescape(
        _ bytes: Span<UInt8>, from start: Int, to end: inout Int, _ scratch: inout [UInt8]
    ) throws(ICalendarError) -> String {
        scratch.removeAll(keepingCapacity: true)
        var place = start
        scan: while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\\"):
                scratch.append(try escaped(place < bytes.count ? bytes[place] : nil))
                place += 1
            case UInt8(ascii: ","):
                if name.isList {
                    place -= 1
                    break scan
                }
                if isStrict { throw malformed("a comma without its backslash") }
                scratch.append(byte)
            case UInt8(ascii: ";"):
                if isStrict { throw malformed("a semicolon without its backslash") }
                scratch.append(byte)
            default: scratch.append(byte)
            }
        }
        end = min(place, bytes.count)
        return String(scratch.span)
    }

    /// What stands after a backslash, meant.
    private func escaped(_ byte: UInt8?) throws(ICalendarError) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"), UInt8(ascii: "N"): return 0x0A
        case UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","): return byte ?? 0
        case let byte:
            // Old programs escape colons and quotes, too.
            if isStrict { throw malformed("a backslash that escapes nothing") }
            return byte ?? UInt8(ascii: "\\")
        }
    }

    /// The value of a name that is not known: a text by RFC 5545 §3.8.8, unless it is written as no text would be.
    private func unknownText(_ bytes: Span<UInt8>, scratch: inout [UInt8]) -> Value {
        var place = 0
        var isPlain = true
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: ";"), UInt8(ascii: ","): return .raw(String(bytes), type: nil)
            case UInt8(ascii: "\\"):
                guard place + 1 < bytes.count else { return .raw(String(bytes), type: nil) }
                switch bytes[place + 1] {
                case UInt8(ascii: "n"), UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","): break
                default: return .raw(String(bytes), type: nil)
                }
                isPlain = false
                place += 1
            default: break
            }
            place += 1
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
