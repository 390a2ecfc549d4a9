/// When an event starts or ends: the forms that DTSTART and DTEND can take (RFC 5545 §3.8.2.2, §3.8.2.4).
public enum EventTime: Hashable, Sendable {
    /// An instant. The form to prefer for an event that does not recur: every client converts it.
    case utc(UTCDateTime)
    /// A wall time in a zone; its VTIMEZONE must be in the same calendar (RFC 5545 §3.2.19).
    case zoned(LocalDateTime, zone: String)
    /// A wall time wherever the reader is.
    case floating(LocalDateTime)
    /// A whole day.
    case date(CivilDate)

    /// A property's value as a time; nil where it is none.
    init?(_ property: Property) {
        self.init(property.value, zone: property.parameter(.tzid))
    }

    init?(_ value: Value, zone: String?) {
        switch value {
        case .utcDateTime(let instant): self = .utc(instant)
        case .date(let date): self = .date(date)
        case .localDateTime(let time):
            self = zone.map { zone in .zoned(time, zone: zone) } ?? .floating(time)
        case .text, .textList, .uri, .calendarAddress, .duration, .period, .recurrence, .integer, .float,
            .coordinates, .boolean, .binary, .utcOffset, .list, .raw:
            return nil
        }
    }

    func property(_ name: PropertyName) -> Property {
        switch self {
        case .utc(let instant): Property(name, .utcDateTime(instant))
        case .zoned(let time, let zone): Property(name, .localDateTime(time), [Parameter(.tzid, zone)])
        case .floating(let time): Property(name, .localDateTime(time))
        case .date(let date): Property(name, .date(date))
        }
    }
}
