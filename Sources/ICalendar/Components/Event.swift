/// An event: a typed view of a VEVENT component (RFC 5545 §3.6.1).
///
/// A getter returns nil if the property is missing or has a value of another type; such a property is kept and is
/// available through ``properties``. A setter replaces the property including its parameters; setting nil removes it.
public struct Event: Hashable, Sendable {
    /// The underlying component, including everything the view has no property for.
    public private(set) var component: Component

    /// Creates an event with the properties that every event needs.
    ///
    /// - Parameters:
    ///   - uid: The persistent identifier, without a host name, user name or address (RFC 7986 §5.3).
    ///   - stamp: In an object with METHOD, when the object was created; otherwise, when its content last changed (RFC
    ///     5545 §3.8.7.2). In a feed it must be stable, or every poll returns different bytes.
    ///   - start: The start.
    ///   - end: The end, exclusive; after `start` and in the same form (RFC 5545 §3.8.2.2).
    ///   - summary: The title.
    public init(uid: String, stamp: UTCDateTime, start: EventTime, end: EventTime? = nil, summary: String? = nil) {
        component = Component(.event)
        properties.set(.uid, .text(uid))
        properties.set(.dtstamp, .utcDateTime(stamp))
        self.start = start
        self.end = end
        self.summary = summary
    }

    /// Creates a view of a component; nil if it is not a VEVENT.
    public init?(_ component: Component) {
        guard component.name == .event else { return nil }
        self.component = component
    }

    /// All properties, including unrecognized ones.
    public var properties: Properties {
        get { component.properties }
        // Modified in place, because setting through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// The alarms, in order.
    ///
    /// Setting them keeps components of other kinds and puts those first.
    public var alarms: [Alarm] {
        get { component.components.compactMap(Alarm.init) }
        set { replaceComponents(.alarm, with: newValue.map(\.component)) }
    }

    /// Replaces the components of one kind; the new ones follow all components of other kinds.
    mutating func replaceComponents(_ name: Component.Name, with others: [Component]) {
        component.components = component.components.filter { $0.name != name } + others
    }

    /// The persistent identifier of the event; nil where it is absent or blank (RFC 5545 §3.8.4.7).
    public var uid: String? { properties.text(.uid).flatMap { $0.utf8.allSatisfy { $0 == 0x20 } ? nil : $0 } }
    /// DTSTAMP (RFC 5545 §3.8.7.2).
    public var stamp: UTCDateTime? { properties.instant(.dtstamp) }
}
