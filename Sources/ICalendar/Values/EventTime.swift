/// The start or end of an event, in one of the forms of DTSTART and DTEND (RFC 5545 §3.8.2.2, §3.8.2.4).
public enum EventTime: Hashable, Sendable {
    /// An instant.
    ///
    /// Prefer this form for events that do not recur: every client converts it.
    case utc(UTCDateTime)
    /// A local time in a zone, whose VTIMEZONE must be in the same calendar (RFC 5545 §3.2.19).
    case zoned(LocalDateTime, zone: String)
    /// A local time in whatever zone the viewer is in.
    case floating(LocalDateTime)
    /// A whole day, for all-day events.
    case date(CivilDate)

    /// The time in a property; nil if its value is not a time.
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
