/// A calendar object: a typed view of a VCALENDAR component (RFC 5545 §3.4, §3.6, §3.7; RFC 7986).
///
/// To write a large feed, leave the events out and pass them to a ``Writer`` one at a time.
public struct Calendar: Hashable, Sendable {
    /// The underlying component, including everything the view has no property for.
    public private(set) var component: Component

    /// Creates a calendar with the required VERSION and PRODID and, for old readers, CALSCALE.
    ///
    /// - Parameters:
    ///   - prodID: The program that creates it, as `-//Organization//Product//EN`; the same in every run (RFC 5545
    ///     §3.7.3).
    ///   - method: Only for an object sent to someone; must equal the `method` parameter of the MIME type (RFC 5545
    ///     §3.7.2).
    public init(prodID: String, method: Method? = nil) {
        component = Component(.calendar)
        component.properties.set(.version, .text("2.0"))
        component.properties.set(.prodID, .text(prodID))
        component.properties.set(.calscale, .text("GREGORIAN"))
        self.method = method
    }

    /// Creates a view of a component; nil if it is not a VCALENDAR.
    public init?(_ component: Component) {
        guard component.name == .calendar else { return nil }
        self.component = component
    }

    /// All properties, including unrecognized ones.
    public var properties: Properties {
        get { component.properties }
        // Modified in place, because setting through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// The events, in order.
    ///
    /// Setting them keeps components of other kinds and puts those first.
    public var events: [Event] {
        get { component.components.compactMap(Event.init) }
        set {
            let others = component.components.filter { $0.name != .event }
            component.components = others + newValue.map(\.component)
        }
    }

    /// The components of all kinds, in order.
    public var components: [Component] {
        get { component.components }
        set { component.components = newValue }
    }

    /// The program that created the calendar (RFC 5545 §3.7.3).
    public var prodID: String? { properties.text(.prodID) }

    /// The iTIP method; nil if it is absent or none of ``Method`` (RFC 5546 §1.4).
    public var method: Method? {
        get { properties.word(.method).flatMap(Method.init) }
        set { properties.set(.method, (newValue?.rawValue).map(Value.text)) }
    }

    /// The name, stored as NAME and as X-WR-CALNAME (RFC 7986 §5.1).
    public var name: String? {
        get { properties.text(.name) ?? properties.text(.xWRCalName) }
        set {
            properties.set(.name, newValue.map(Value.text))
            properties.set(.xWRCalName, newValue.map(Value.text))
        }
    }

    /// The description, stored as DESCRIPTION and as X-WR-CALDESC (RFC 7986 §5.2).
    public var description: String? {
        get { properties.text(.description) ?? properties.text(.xWRCalDesc) }
        set {
            properties.set(.description, newValue.map(Value.text))
            properties.set(.xWRCalDesc, newValue.map(Value.text))
        }
    }

    /// The color, stored as COLOR and as X-APPLE-CALENDAR-COLOR (RFC 7986 §5.9); nil if it is not a CSS3 name.
    public var color: ColorName? {
        get { properties.color }
        set {
            properties.color = newValue
            properties.set(.xAppleCalendarColor, (newValue?.hexadecimal).map(Value.text))
        }
    }

    /// How often a client should fetch the calendar, stored as REFRESH-INTERVAL and as X-PUBLISHED-TTL (RFC 7986 §5.7).
    public var refreshInterval: CalendarDuration? {
        get { properties.duration(.refreshInterval) ?? properties.duration(.xPublishedTTL) }
        set {
            properties.set(.refreshInterval, newValue.map(Value.duration))
            properties.set(.xPublishedTTL, newValue.map(Value.duration))
        }
    }

    /// The URI of the feed (RFC 7986 §5.8).
    public var source: String? {
        get { properties.uri(.source) }
        set { properties.set(.source, newValue.map(Value.uri)) }
    }

    /// A web page about the calendar (RFC 7986 §5.5).
    public var url: String? {
        get { properties.uri(.url) }
        set { properties.set(.url, newValue.map(Value.uri)) }
    }

    /// The persistent identifier of the calendar (RFC 7986 §5.3).
    public var uid: String? {
        get { properties.text(.uid) }
        set { properties.set(.uid, newValue.map(Value.text)) }
    }

    /// When the calendar was last modified (RFC 7986 §5.4).
    public var lastModified: UTCDateTime? {
        get { properties.instant(.lastModified) }
        set { properties.set(.lastModified, newValue.map(Value.utcDateTime)) }
    }

    /// The IANA zone in which Google Calendar shows the calendar, X-WR-TIMEZONE; it does not move events given in UTC.
    public var displayTimeZone: String? {
        get { properties.text(.xWRTimeZone) }
        set { properties.set(.xWRTimeZone, newValue.map(Value.text)) }
    }

    /// The encoded calendar, for one that fits in memory; see ``Writer`` for others.
    public func encoded() -> [UInt8] {
        var lines = ContentLines()
        lines.append(component)
        return lines.bytes
    }
}

/// An iTIP method (RFC 5546 §1.4).
///
/// Set other methods through ``Calendar/properties``.
public enum Method: String, Hashable, Sendable {
    /// Publishes events; no reply is expected (RFC 5546 §3.2.1).
    case publish = "PUBLISH"
    /// Invites, or updates an invitation (RFC 5546 §3.2.2).
    case request = "REQUEST"
    /// Replies to an invitation (RFC 5546 §3.2.3).
    case reply = "REPLY"
    /// Cancels the event, or removes the attendees it names (RFC 5546 §3.2.5).
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
