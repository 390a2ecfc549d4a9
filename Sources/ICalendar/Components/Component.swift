/// A component of any kind: a name, properties and nested components (RFC 5545 §3.4).
public struct Component: Hashable, Sendable {
    /// The name of a component, in uppercase.
    public struct Name: Hashable, Sendable {
        /// A calendar object (RFC 5545 §3.4).
        public static let calendar = Name(canonical: "VCALENDAR")
        /// An event (RFC 5545 §3.6.1).
        public static let event = Name(canonical: "VEVENT")
        /// An alarm (RFC 5545 §3.6.6).
        public static let alarm = Name(canonical: "VALARM")

        /// A journal entry (RFC 5545 §3.6.3).
        public static let journal = Name(canonical: "VJOURNAL")
        /// A task (RFC 5545 §3.6.2).
        public static let todo = Name(canonical: "VTODO")
        /// Free or busy time (RFC 5545 §3.6.4).
        public static let freeBusy = Name(canonical: "VFREEBUSY")
        /// A time zone (RFC 5545 §3.6.5).
        public static let timeZone = Name(canonical: "VTIMEZONE")
        /// Standard time within a time zone (RFC 5545 §3.6.5).
        public static let standard = Name(canonical: "STANDARD")
        /// Daylight saving time within a time zone (RFC 5545 §3.6.5).
        public static let daylight = Name(canonical: "DAYLIGHT")
        /// A participant (RFC 9073 §7.1).
        public static let participant = Name(canonical: "PARTICIPANT")

        /// The recognized names by their bytes, for the reader.
        static let table = NameTable<Name>(
            [event, alarm, calendar, journal, todo, freeBusy, timeZone, standard, daylight, participant]
        ) { $0.text }

        /// The name in uppercase.
        public let text: String

        /// Creates a name; case does not matter.
        ///
        /// - Parameter text: Letters, digits and hyphens.
        /// - Throws: ``ICalendarError`` if it has other characters.
        public init(_ text: String) throws(ICalendarError) {
            self.text = try Token.capitals(text, of: "component")
        }

        init(canonical text: String) {
            self.text = text
        }
    }

    /// The kind of component.
    public let name: Name
    /// The properties.
    public var properties: Properties
    /// The nested components, in order.
    public var components: [Component]
    /// Whether a reader left parts of it out, because it exceeds a limit of ``ReaderLimits``: what it says is not all that it said.
    public internal(set) var isCutShort = false

    /// Creates a component of any kind, recognized or not.
    public init(_ name: Name, properties: Properties = Properties(), components: [Component] = []) {
        self.name = name
        self.properties = properties
        self.components = components
    }
}
