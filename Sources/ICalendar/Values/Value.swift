/// The value of a property, by its type (RFC 5545 §3.3), as it is meant and not as it is written.
public enum Value: Hashable, Sendable {
    /// Text for people; any line break in it is one new line (RFC 5545 §3.3.11).
    case text(String)
    /// Several texts, as CATEGORIES has them.
    case textList([String])
    /// A URI, copied to the bytes as it is (RFC 5545 §3.3.13).
    case uri(String)
    /// The address of a calendar user (RFC 5545 §3.3.3).
    case calendarAddress(CalendarAddress)
    /// An instant.
    case utcDateTime(UTCDateTime)
    /// A wall time: in the zone that the parameter TZID names, else floating.
    case localDateTime(LocalDateTime)
    /// A day.
    case date(CivilDate)
    /// A duration.
    case duration(CalendarDuration)
    /// A span of time, as FREEBUSY and RDATE have them (RFC 5545 §3.3.9).
    indirect case period(Period)
    /// A rule by which an event recurs (RFC 5545 §3.3.10).
    indirect case recurrence(RecurrenceRule)
    /// A whole number; RFC 5545 §3.3.8 promises readers for 32 bits of it.
    case integer(Int)
    /// A number with a fraction (RFC 5545 §3.3.7); one that is not finite is written as 0.
    case float(Double)
    /// A place on the globe, as GEO has it (RFC 5545 §3.8.1.6).
    case coordinates(Coordinates)
    /// True or false (RFC 5545 §3.3.2).
    case boolean(Bool)
    /// Octets, written in Base64 with ENCODING (RFC 5545 §3.3.1).
    case binary([UInt8])
    /// Seconds east of UTC (RFC 5545 §3.3.14), at most a day.
    case utcOffset(seconds: Int)
    /// Several values of one type, as RDATE, EXDATE and FREEBUSY have them.
    case list([Value])
    /// A value of another type as it stands in a content line, escapes included; a nil type is the property's default.
    case raw(String, type: String?)

    /// The values one by one, for the properties that may have several.
    public var each: [Value] {
        switch self {
        case .list(let values): values
        case .textList(let texts): texts.map(Value.text)
        case .text, .uri, .calendarAddress, .utcDateTime, .localDateTime, .date, .duration, .period, .recurrence,
            .integer, .float, .coordinates, .boolean, .binary, .utcOffset, .raw:
            [self]
        }
    }

    /// What the parameter VALUE says of it (RFC 5545 §3.2.20).
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
