/// A calendar object, VCALENDAR: what applies to all of it, and the components in it (RFC 5545 §3.4, §3.6, §3.7; RFC 7986).
///
/// For a feed of any length leave the events out and hand them to a ``Writer`` one by one.
public struct Calendar: Hashable, Sendable {
    /// What the view shows; everything else in it is kept as it is.
    public private(set) var component: Component

    /// A calendar with what it must have: VERSION, PRODID and, for old readers, CALSCALE.
    ///
    /// - Parameters:
    ///   - prodID: Which program made it, as `-//Organisation//Product//EN`; the same in every run (RFC 5545 §3.7.3).
    ///   - method: Only for an object that is sent to someone, and then equal to the MIME parameter (RFC 5545 §3.7.2).
    public init(prodID: String, method: Method? = nil) {
        component = Component(.calendar)
        component.properties.set(.version, .text("2.0"))
        component.properties.set(.prodID, .text(prodID))
        component.properties.set(.calscale, .text("GREGORIAN"))
        self.method = method
    }

    /// A view of a component; nil where it is not a calendar.
    public init?(_ component: Component) {
        guard component.name == .calendar else { return nil }
        self.component = component
    }

    /// All properties, unknown ones too.
    public var properties: Properties {
        get { component.properties }
        // In place: to set through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// The events, in their order; to set them leaves components of other kinds in place, before them.
    public var events: [Event] {
        get { component.components.compactMap(Event.init) }
        set {
            let others = component.components.filter { $0.name != .event }
            component.components = others + newValue.map(\.component)
        }
    }

    /// The components of every kind, in their order.
    public var components: [Component] {
        get { component.components }
        set { component.components = newValue }
    }

    /// Which program made it (RFC 5545 §3.7.3).
    public var prodID: String? { properties.text(.prodID) }

    /// What a receiver is to do with it (RFC 5546 §1.4).
    public var method: Method? {
        get { properties.text(.method).flatMap(Method.init) }
        set { properties.set(.method, (newValue?.rawValue).map(Value.text)) }
    }

    /// The name, as NAME and as X-WR-CALNAME (RFC 7986 §5.1).
    public var name: String? {
        get { properties.text(.name) ?? properties.text(.xWRCalName) }
        set {
            properties.set(.name, newValue.map(Value.text))
            properties.set(.xWRCalName, newValue.map(Value.text))
        }
    }

    /// What the calendar is about, as DESCRIPTION and as X-WR-CALDESC (RFC 7986 §5.2).
    public var description: String? {
        get { properties.text(.description) ?? properties.text(.xWRCalDesc) }
        set {
            properties.set(.description, newValue.map(Value.text))
            properties.set(.xWRCalDesc, newValue.map(Value.text))
        }
    }

    /// The colour, as COLOR and as the `#RRGGBB` that Apple reads (RFC 7986 §5.9); nil for a name that is not CSS3's.
    public var color: ColorName? {
        get { properties.color }
        set {
            properties.color = newValue
            properties.set(.xAppleCalendarColor, (newValue?.hexadecimal).map(Value.text))
        }
    }

    /// How often a reader should look again, as REFRESH-INTERVAL and as X-PUBLISHED-TTL (RFC 7986 §5.7).
    public var refreshInterval: CalendarDuration? {
        get { properties.duration(.refreshInterval) ?? properties.duration(.xPublishedTTL) }
        set {
            properties.set(.refreshInterval, newValue.map(Value.duration))
            properties.set(.xPublishedTTL, newValue.map(Value.duration))
        }
    }

    /// Where the feed lies (RFC 7986 §5.8).
    public var source: String? {
        get { properties.uri(.source) }
        set { properties.set(.source, newValue.map(Value.uri)) }
    }

    /// A page about the calendar (RFC 7986 §5.5).
    public var url: String? {
        get { properties.uri(.url) }
        set { properties.set(.url, newValue.map(Value.uri)) }
    }

    /// What identifies the calendar for ever (RFC 7986 §5.3).
    public var uid: String? {
        get { properties.text(.uid) }
        set { properties.set(.uid, newValue.map(Value.text)) }
    }

    /// When the calendar was last changed (RFC 7986 §5.4).
    public var lastModified: UTCDateTime? {
        get { properties.instant(.lastModified) }
        set { properties.set(.lastModified, newValue.map(Value.utcDateTime)) }
    }

    /// The IANA zone in which Google shows the calendar, X-WR-TIMEZONE; it moves no event that is given in UTC.
    public var displayTimeZone: String? {
        get { properties.text(.xWRTimeZone) }
        set { properties.set(.xWRTimeZone, newValue.map(Value.text)) }
    }

    /// All of it as bytes, for a calendar that is small enough to hold.
    public func encoded() -> [UInt8] {
        var lines = ContentLines()
        lines.append(component)
        return lines.bytes
    }
}

/// What the receiver of a calendar object is to do (RFC 5546 §1.4); for others than these use ``Calendar/properties``.
public enum Method: String, Hashable, Sendable {
    /// Take note; no answer is expected (RFC 5546 §3.2.1).
    case publish = "PUBLISH"
    /// An invitation or its update (RFC 5546 §3.2.2).
    case request = "REQUEST"
    /// An answer (RFC 5546 §3.2.3).
    case reply = "REPLY"
    /// It does not take place, or no longer for these attendees (RFC 5546 §3.2.5).
    case cancel = "CANCEL"
}

extension Properties {
    var color: ColorName? {
        get {
            guard let text = text(.color) else { return nil }
            do { return try ColorName(text) } catch { return nil }
        }
        set { set(.color, (newValue?.text).map(Value.text)) }
    }
}
