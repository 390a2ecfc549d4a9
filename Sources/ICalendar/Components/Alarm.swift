/// A reminder within an event: a typed view of a VALARM component (RFC 5545 §3.6.6).
public struct Alarm: Hashable, Sendable {
    /// When an alarm is triggered (RFC 5545 §3.8.6.3).
    public enum Trigger: Hashable, Sendable {
        /// Relative to the start; negative means before.
        case fromStart(CalendarDuration)
        /// Relative to the end; negative means before.
        case fromEnd(CalendarDuration)
        /// At an instant.
        case at(UTCDateTime)
    }

    /// The underlying component, including everything the view has no property for.
    public private(set) var component: Component

    /// Creates an alarm that displays a text (RFC 5545 §3.6.6).
    public init(display text: String, trigger: Trigger) {
        component = Component(.alarm)
        component.properties.set(.action, .text("DISPLAY"))
        component.properties.set(.description, .text(text))
        self.trigger = trigger
    }

    /// Creates a view of a component; nil if it is not a VALARM.
    public init?(_ component: Component) {
        guard component.name == .alarm else { return nil }
        self.component = component
    }

    /// All properties, including unrecognized ones.
    public var properties: Properties {
        get { component.properties }
        // Modified in place, because setting through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// The action: `DISPLAY`, `AUDIO`, `EMAIL` or another token, in uppercase (RFC 5545 §3.8.6.1).
    public var action: String? { properties.word(.action) }
    /// The text to display (RFC 5545 §3.8.1.5).
    public var description: String? { properties.text(.description) }

    /// When the alarm is triggered; nil if TRIGGER is missing or has another type.
    public var trigger: Trigger? {
        get { properties.first(.trigger).flatMap(Self.trigger) }
        set { properties.replace(.trigger, with: newValue.map { [Self.property(of: $0)] } ?? []) }
    }

    private static func trigger(of property: Property) -> Trigger? {
        switch property.value {
        case .duration(let duration):
            property.parameter(.related).map(Token.word) == "END" ? .fromEnd(duration) : .fromStart(duration)
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
