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
    /// A whole number; RFC 5545 §3.3.8 promises readers for 32 bits of it.
    case integer(Int)
    /// A value of another type as it stands in a content line, escapes included; a nil type is the property's default.
    case raw(String, type: String?)

    /// What the parameter VALUE says of it (RFC 5545 §3.2.20).
    var typeName: String? {
        switch self {
        case .text, .textList: "TEXT"
        case .uri: "URI"
        case .calendarAddress: "CAL-ADDRESS"
        case .utcDateTime, .localDateTime: "DATE-TIME"
        case .date: "DATE"
        case .duration: "DURATION"
        case .integer: "INTEGER"
        case .raw(_, let type): type
        }
    }
}
