/// Content lines as bytes: unfolded in a line of their own, then folded to the end of `bytes` (RFC 5545 §3.1).
struct ContentLines {
    /// RFC 5545 §3.1: a line has at most 75 octets, without its line break.
    static let octetsPerLine = 75

    /// The encoded bytes that have not been removed yet.
    var bytes: [UInt8] = []
    private var line: [UInt8] = []

    /// Encodes a component with its properties and nested components.
    mutating func append(_ component: Component) {
        begin(component.name)
        for property in component.properties { append(property) }
        for inner in component.components { append(inner) }
        end(component.name)
    }

    mutating func begin(_ name: Component.Name) {
        line.append(contentsOf: "BEGIN:".utf8)
        line.append(contentsOf: name.text.utf8)
        fold()
    }

    mutating func end(_ name: Component.Name) {
        line.append(contentsOf: "END:".utf8)
        line.append(contentsOf: name.text.utf8)
        fold()
    }

    mutating func append(_ property: Property) {
        line.append(contentsOf: property.name.text.utf8)
        let named = line.count
        if let type = property.value.typeName,
            property.name.alwaysStatesType || type != property.name.defaultType.rawValue
        {
            append(Parameter(.value, type))
        }
        appendParameters(of: property)
        let colon = line.count
        line.append(UInt8(ascii: ":"))
        append(property.value)
        if let last = property.parameters.last, !isSeparator(colon, behind: last.name, of: property.name) {
            line.removeLast(line.count - named)
            appendParameters(of: property)
            append(Parameter(.value, property.value.typeName ?? property.name.defaultType.rawValue))
            line.append(UInt8(ascii: ":"))
            append(property.value)
        }
        fold()
    }

    private mutating func appendParameters(of property: Property) {
        if case .binary = property.value { append(Parameter(.encoding, "BASE64")) }
        for parameter in property.parameters { append(parameter) }
    }

    /// Whether the lenient reader takes the colon for the one before the value.
    ///
    /// Where the value is not what the property is made for and holds a colon, it may take a part of it for a parameter, as programs
    /// write them; behind VALUE, which is a word, it never does.
    private func isSeparator(_ colon: Int, behind parameter: Parameter.Name, of property: PropertyName) -> Bool {
        Separators(of: parameter, property, isStrict: false).endsParameters(line.span, colon)
    }

    /// RFC 5545 §3.2: values are separated by commas and quoted if they contain a separator.
    private mutating func append(_ parameter: Parameter) {
        line.append(UInt8(ascii: ";"))
        line.append(contentsOf: parameter.name.text.utf8)
        var separator = UInt8(ascii: "=")
        for value in parameter.values {
            line.append(separator)
            separator = UInt8(ascii: ",")
            let isQuoted = parameter.name.isAlwaysQuoted || value.utf8.contains(where: Self.asksForQuotes)
            if isQuoted { line.append(UInt8(ascii: "\"")) }
            Escaping.parameter.append(value, to: &line)
            if isQuoted { line.append(UInt8(ascii: "\"")) }
        }
    }

    private static func asksForQuotes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",")
    }

    private mutating func append(_ value: Value) {
        switch value {
        case .text(let text): Escaping.text.append(text, to: &line)
        case .textList(let texts): append(texts)
        case .uri(let uri): Escaping.none.append(uri, to: &line)
        case .calendarAddress(let address): Escaping.none.append(address.uri, to: &line)
        case .utcDateTime(let instant): line.append(instant)
        case .localDateTime(let time): line.appendDateTime(ClockFields(seconds: time.wallSeconds))
        case .date(let date): line.appendDate(ClockFields(seconds: date.daysSince1970 * Gregorian.secondsPerDay))
        case .duration(let duration): line.append(duration)
        case .period(let period): line.append(period)
        case .recurrence(let rule): line.append(contentsOf: rule.text.utf8)
        case .integer(let number): line.append(contentsOf: String(number).utf8)
        case .float(let number): line.appendDecimal(number)
        case .coordinates(let coordinates):
            line.appendDecimal(coordinates.latitude)
            line.append(UInt8(ascii: ";"))
            line.appendDecimal(coordinates.longitude)
        case .boolean(let isTrue): line.append(contentsOf: (isTrue ? "TRUE" : "FALSE").utf8)
        case .binary(let bytes): Base64.append(bytes, to: &line)
        case .utcOffset(let seconds): line.appendOffset(seconds: seconds)
        case .list(let values):
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value)
            }
        case .raw(let text, type: _): Escaping.none.append(text, to: &line)
        }
    }

    private mutating func append(_ texts: [String]) {
        for (index, text) in texts.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            Escaping.text.append(text, to: &line)
        }
    }

    /// Appends the line to `bytes`, folded.
    ///
    /// The space that begins a continuation counts toward its length (RFC 5545 §3.1).
    private mutating func fold() {
        var start = 0
        var room = Self.octetsPerLine
        while line.count - start > room {
            let cut = Self.cut(line, from: start, room: room)
            bytes.append(contentsOf: line[start..<cut])
            bytes.append(contentsOf: [0x0D, 0x0A, 0x20])
            start = cut
            room = Self.octetsPerLine - 1
        }
        bytes.append(contentsOf: line[start...])
        bytes.append(contentsOf: [0x0D, 0x0A])
        line.removeAll(keepingCapacity: true)
    }

    /// The last position within `room` that splits neither a UTF-8 sequence nor an escape.
    private static func cut(_ line: [UInt8], from start: Int, room: Int) -> Int {
        var cut = start + room
        while line[cut] & 0xC0 == 0x80 { cut -= 1 }
        let mark = line[cut - 1]
        guard mark == UInt8(ascii: "\\") || mark == UInt8(ascii: "^") else { return cut }
        // In a run of escape characters, each pair is one escape; an odd last one escapes what follows.
        var first = cut - 1
        while first > start, line[first - 1] == mark { first -= 1 }
        return (cut - first).isMultiple(of: 2) ? cut : cut - 1
    }
}

extension Property {
    /// The encoded content line, folded, with its line break (RFC 5545 §3.1).
    public func encoded() -> [UInt8] {
        var lines = ContentLines()
        lines.append(self)
        return lines.bytes
    }
}
