extension TimeZoneRules {
    /// Reads the rules from TZif data, version 1 to 4 or later (RFC 9636).
    ///
    /// - Parameter bytes: A complete file of a tz database that was compiled without leap seconds.
    /// - Throws: ``TimeZoneError`` with code `malformed` if the data violates RFC 9636.
    public init(tzif bytes: [UInt8]) throws(TimeZoneError) {
        var reader = TZifReader(bytes)
        self = try reader.rules()
    }
}

/// Parses TZif data (RFC 9636 §3).
///
/// Counts are checked against the size of the data before they are used.
struct TZifReader {
    /// The counts of a header (RFC 9636 §3.1).
    struct Header {
        let version: UInt8
        let utcIndicators: Int
        let standardIndicators: Int
        let leapSeconds: Int
        let transitions: Int
        let types: Int
        let characters: Int

        /// The size of the data block that follows, given the size of a time (RFC 9636 §3.2).
        func blockBytes(timeBytes: Int) -> Int {
            transitions * (timeBytes + 1) + types * 6 + characters + leapSeconds * (timeBytes + 4)
                + standardIndicators + utcIndicators
        }
    }

    /// The offsets that RFC 9636 §3.2 allows, which is the range of POSIX TZ strings.
    private static let offsetRange = -89_999...93_599

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func rules() throws(TimeZoneError) -> TimeZoneRules {
        let old = try header()
        guard old.version >= UInt8(ascii: "2") else { return try block(old, timeBytes: 4, hasFooter: false) }
        _ = try read(old.blockBytes(timeBytes: 4))
        return try block(try header(), timeBytes: 8, hasFooter: true)
    }

    private mutating func header() throws(TimeZoneError) -> Header {
        guard try read(4).elementsEqual("TZif".utf8) else { throw .malformed("no TZif header") }
        let version = try read(1).first ?? 0
        guard version == 0 || version >= UInt8(ascii: "2") else { throw .malformed("version \(version)") }
        _ = try read(15)
        let header = Header(
            version: version, utcIndicators: try count(), standardIndicators: try count(), leapSeconds: try count(),
            transitions: try count(), types: try count(), characters: try count())
        try check(header)
        return header
    }

    private func check(_ header: Header) throws(TimeZoneError) {
        guard (1...256).contains(header.types) else { throw .malformed("\(header.types) local time types") }
        guard header.characters > 0 else { throw .malformed("no abbreviations") }
        guard header.utcIndicators == 0 || header.utcIndicators == header.types,
            header.standardIndicators == 0 || header.standardIndicators == header.types
        else { throw .malformed("indicators that do not match the types") }
        guard header.leapSeconds == 0 else { throw .malformed("times that count leap seconds") }
    }

    private mutating func block(
        _ header: Header, timeBytes: Int, hasFooter: Bool
    ) throws(TimeZoneError) -> TimeZoneRules {
        guard header.blockBytes(timeBytes: timeBytes) <= bytes.count - position else {
            throw .malformed("an unexpected end")
        }
        let transitions = try transitionTimes(header.transitions, timeBytes: timeBytes)
        let indexes = try read(header.transitions)
        let types = try read(header.types * 6)
        let characters = try read(header.characters)
        _ = try read(header.standardIndicators + header.utcIndicators)
        let offsets = try Self.offsets(types: types, characters: characters)
        guard let first = offsets.first, indexes.allSatisfy({ Int($0) < offsets.count }) else {
            throw .malformed("a transition to a missing type")
        }
        return TimeZoneRules(
            transitions: transitions, offsets: indexes.map { offsets[Int($0)] }, first: first,
            footer: hasFooter ? try footer() : nil)
    }

    private mutating func transitionTimes(_ count: Int, timeBytes: Int) throws(TimeZoneError) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let time = Self.signed(try read(timeBytes))
            if let last = times.last, last >= time { throw .malformed("transitions out of order") }
            times.append(time)
        }
        return times
    }

    private static func offsets(
        types: ArraySlice<UInt8>, characters: ArraySlice<UInt8>
    ) throws(TimeZoneError) -> [TimeZoneOffset] {
        var offsets: [TimeZoneOffset] = []
        for start in stride(from: types.startIndex, to: types.endIndex, by: 6) {
            let east = Int(signed(types[start..<start + 4]))
            guard offsetRange.contains(east) else { throw .malformed("an offset of \(east) seconds") }
            guard types[start + 4] <= 1 else { throw .malformed("a daylight flag of \(types[start + 4])") }
            offsets.append(
                TimeZoneOffset(
                    secondsEastOfUTC: east, isDaylight: types[start + 4] == 1,
                    abbreviation: try abbreviation(characters.dropFirst(Int(types[start + 5])))))
        }
        return offsets
    }

    /// Parses printable ASCII up to a NUL.
    private static func abbreviation(_ characters: ArraySlice<UInt8>) throws(TimeZoneError) -> String {
        let name = characters.prefix { $0 != 0 }
        guard name.endIndex < characters.endIndex, name.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed("an invalid abbreviation")
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// RFC 9636 §3.3: a TZ string between two line feeds, empty if there is no rule for future years.
    private mutating func footer() throws(TimeZoneError) -> PosixRules? {
        let rest = bytes[position...]
        guard rest.first == 0x0A, let end = rest.dropFirst().firstIndex(of: 0x0A) else { throw .malformed("no footer") }
        let text = rest[rest.startIndex + 1..<end]
        return text.isEmpty ? nil : try PosixRulesParser.parse(text)
    }

    private mutating func count() throws(TimeZoneError) -> Int {
        Int(try read(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }

    private static func signed(_ bytes: ArraySlice<UInt8>) -> Int64 {
        let extended: Int64 = (bytes.first ?? 0) >= 0x80 ? -1 : 0
        return bytes.reduce(extended) { $0 << 8 | Int64($1) }
    }

    private mutating func read(_ count: Int) throws(TimeZoneError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw .malformed("an unexpected end") }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
