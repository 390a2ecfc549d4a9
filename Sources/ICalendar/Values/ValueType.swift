/// The value types that the library parses (RFC 5545 §3.3); values of other types are kept as text.
enum ValueType: String {
    case text = "TEXT"
    case uri = "URI"
    case calendarAddress = "CAL-ADDRESS"
    case dateTime = "DATE-TIME"
    case date = "DATE"
    case time = "TIME"
    case duration = "DURATION"
    case period = "PERIOD"
    case recurrence = "RECUR"
    case integer = "INTEGER"
    case float = "FLOAT"
    case boolean = "BOOLEAN"
    case binary = "BINARY"
    case utcOffset = "UTC-OFFSET"
}
