/// The unescaped value of a property, with its type (RFC 5545 §3.3).
public enum Value: Hashable, Sendable {
    /// Text; CR LF, CR and LF each mean one line break (RFC 5545 §3.3.11).
    case text(String)
    /// A list of texts, as in CATEGORIES.
    case textList([String])
    /// A URI, encoded unchanged (RFC 5545 §3.3.13).
    case uri(String)
    /// The address of a calendar user (RFC 5545 §3.3.3).
    case calendarAddress(CalendarAddress)
    /// A date and time in UTC.
    case utcDateTime(UTCDateTime)
    /// A local date and time: in the zone that the parameter TZID names, or else floating.
    case localDateTime(LocalDateTime)
    /// A date.
    case date(CivilDate)
    /// A duration.
    case duration(CalendarDuration)
    /// A period, as in FREEBUSY and RDATE (RFC 5545 §3.3.9).
    indirect case period(Period)
    /// A recurrence rule (RFC 5545 §3.3.10).
    indirect case recurrence(RecurrenceRule)
    /// An integer; RFC 5545 §3.3.8 guarantees only 32 bits.
    case integer(Int)
    /// A floating-point number (RFC 5545 §3.3.7); infinities and NaN are encoded as 0.
    case float(Double)
    /// A geographic position, as in GEO (RFC 5545 §3.8.1.6).
    case coordinates(Coordinates)
    /// True or false (RFC 5545 §3.3.2).
    case boolean(Bool)
    /// Binary data, encoded in Base64 with the parameter ENCODING (RFC 5545 §3.3.1).
    case binary([UInt8])
    /// Seconds east of UTC, less than a day (RFC 5545 §3.3.14).
    case utcOffset(seconds: Int)
    /// Several values of one type, as in RDATE, EXDATE and FREEBUSY.
    case list([Value])
    /// A value kept as in the content line, with its escapes: one of another type, or one that could not be parsed.
    ///
    /// A nil type is the property's default.
    case raw(String, type: String?)

    /// The single values: the elements of a list, or the value itself.
    public var each: [Value] {
        switch self {
        case .list(let values): values
        case .textList(let texts): texts.map(Value.text)
        case .text, .uri, .calendarAddress, .utcDateTime, .localDateTime, .date, .duration, .period, .recurrence,
            .integer, .float, .coordinates, .boolean, .binary, .utcOffset, .raw:
            [self]
        }
    }

    /// The name of the type for the parameter VALUE (RFC 5545 §3.2.20).
    var typeName: String? {
        switch self {
        case .text, .textList: "TEXT"
        case .uri: "URI"
        case .calendarAddress: "CAL-ADDRESS"
        case .utcDateTime, .localDateTime: "DATE-TIME"
        case .date: "DATE"
        case .duration: "DURATION"
        case .period: "PERIOD"
        case .recurrence: "RECUR"
        case .integer: "INTEGER"
        case .float, .coordinates: "FLOAT"
        case .boolean: "BOOLEAN"
        case .binary: "BINARY"
        case .utcOffset: "UTC-OFFSET"
        case .list(let values): values.first?.typeName
        case .raw(_, let type): type
        }
    }
}
