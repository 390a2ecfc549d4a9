/// An event, VEVENT (RFC 5545 §3.6.1), seen through its properties.
///
/// A getter gives nil where the property is missing or says something the type cannot hold; such a property is kept, and
/// ``properties`` shows it. A setter replaces the property together with its parameters; nil removes it.
public struct Event: Hashable, Sendable {
    /// What the view shows; everything else in it is kept as it is.
    public private(set) var component: Component

    /// An event with what every event needs.
    ///
    /// - Parameters:
    ///   - uid: What identifies it for ever; no host, user or address in it (RFC 7986 §5.3).
    ///   - stamp: In an object with METHOD when the object was made, else when its content last changed (RFC 5545
    ///     §3.8.7.2). In a feed it must be stable, or each poll sees new bytes.
    ///   - start: When it starts.
    ///   - end: When it ends, exclusive; later than `start` and of the same form (RFC 5545 §3.8.2.2).
    ///   - summary: The title.
    public init(uid: String, stamp: UTCDateTime, start: EventTime, end: EventTime? = nil, summary: String? = nil) {
        component = Component(.event)
        properties.set(.uid, .text(uid))
        properties.set(.dtstamp, .utcDateTime(stamp))
        self.start = start
        self.end = end
        self.summary = summary
    }

    /// A view of a component; nil where it is not an event.
    public init?(_ component: Component) {
        guard component.name == .event else { return nil }
        self.component = component
    }

    /// All properties, unknown ones too.
    public var properties: Properties {
        get { component.properties }
        // In place: to set through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// The alarms, in their order; to set them leaves components of other kinds in place, before them.
    public var alarms: [Alarm] {
        get { component.components.compactMap(Alarm.init) }
        set { replaceComponents(.alarm, with: newValue.map(\.component)) }
    }

    /// Puts components after all of other kinds, in place of those of their own kind.
    mutating func replaceComponents(_ name: Component.Name, with others: [Component]) {
        component.components = component.components.filter { $0.name != name } + others
    }

    /// What identifies the event for ever (RFC 5545 §3.8.4.7).
    public var uid: String? { properties.text(.uid) }
    /// DTSTAMP (RFC 5545 §3.8.7.2).
    public var stamp: UTCDateTime? { properties.instant(.dtstamp) }
}
