/// A reminder within an event, VALARM (RFC 5545 §3.6.6), seen through its properties.
public struct Alarm: Hashable, Sendable {
    /// When an alarm goes off (RFC 5545 §3.8.6.3).
    public enum Trigger: Hashable, Sendable {
        /// So long after the start; before it when negative.
        case fromStart(CalendarDuration)
        /// So long after the end; before it when negative.
        case fromEnd(CalendarDuration)
        /// At an instant.
        case at(UTCDateTime)
    }

    /// What the view shows; everything else in it is kept as it is.
    public private(set) var component: Component

    /// An alarm that shows a text; it needs one (RFC 5545 §3.6.6).
    public init(display text: String, trigger: Trigger) {
        component = Component(.alarm)
        component.properties.set(.action, .text("DISPLAY"))
        component.properties.set(.description, .text(text))
        self.trigger = trigger
    }

    /// A view of a component; nil where it is not an alarm.
    public init?(_ component: Component) {
        guard component.name == .alarm else { return nil }
        self.component = component
    }

    /// All properties, unknown ones too.
    public var properties: Properties {
        get { component.properties }
        // In place: to set through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// What it does: `DISPLAY`, `AUDIO`, `EMAIL` or another word (RFC 5545 §3.8.6.1).
    public var action: String? { properties.text(.action) }
    /// The text it shows (RFC 5545 §3.8.1.5).
    public var description: String? { properties.text(.description) }

    /// When it goes off; nil where TRIGGER is missing or of another type.
    public var trigger: Trigger? {
        get { properties.first(.trigger).flatMap(Self.trigger) }
        set { properties.replace(.trigger, with: newValue.map { [Self.property(of: $0)] } ?? []) }
    }

    private static func trigger(of property: Property) -> Trigger? {
        switch property.value {
        case .duration(let duration): property.parameter(.related) == "END" ? .fromEnd(duration) : .fromStart(duration)
        case .utcDateTime(let instant): .at(instant)
        case .text, .textList, .uri, .calendarAddress, .localDateTime, .date, .period, .recurrence, .integer, .float,
            .coordinates, .boolean, .binary, .utcOffset, .list, .raw:
            nil
        }
    }

    private static func property(of trigger: Trigger) -> Property {
        switch trigger {
        case .fromStart(let duration): Property(.trigger, .duration(duration))
        case .fromEnd(let duration): Property(.trigger, .duration(duration), [Parameter(.related, "END")])
        case .at(let instant): Property(.trigger, .utcDateTime(instant))
        }
    }
}
