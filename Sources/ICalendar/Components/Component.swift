/// A component of any kind: a name, properties, and components within (RFC 5545 §3.4).
public struct Component: Hashable, Sendable {
    /// The name of a component, in capitals.
    public struct Name: Hashable, Sendable {
        /// The whole calendar object (RFC 5545 §3.4).
        public static let calendar = Name(known: "VCALENDAR")
        /// An event (RFC 5545 §3.6.1).
        public static let event = Name(known: "VEVENT")
        /// An alarm (RFC 5545 §3.6.6).
        public static let alarm = Name(known: "VALARM")

        /// A journal entry (RFC 5545 §3.6.3).
        public static let journal = Name(known: "VJOURNAL")
        /// A task (RFC 5545 §3.6.2).
        public static let todo = Name(known: "VTODO")
        /// When someone is busy (RFC 5545 §3.6.4).
        public static let freeBusy = Name(known: "VFREEBUSY")
        /// A time zone (RFC 5545 §3.6.5).
        public static let timeZone = Name(known: "VTIMEZONE")
        /// Clocks within a time zone that are not put forward (RFC 5545 §3.6.5).
        public static let standard = Name(known: "STANDARD")
        /// Clocks within a time zone that are put forward (RFC 5545 §3.6.5).
        public static let daylight = Name(known: "DAYLIGHT")
        /// Someone who takes part (RFC 9073 §7.1).
        public static let participant = Name(known: "PARTICIPANT")

        /// The known names by their bytes, for the reader.
        static let table = NameTable<Name>(
            [event, alarm, calendar, journal, todo, freeBusy, timeZone, standard, daylight, participant]
        ) { $0.text }

        /// The name as it is written.
        public let text: String

        /// A name from anywhere; case does not matter.
        ///
        /// - Parameter text: Letters, digits and hyphens.
        /// - Throws: ``ICalendarError`` where anything else is in it.
        public init(_ text: String) throws(ICalendarError) {
            self.text = try Token.capitals(text, of: "component")
        }

        init(known text: String) {
            self.text = text
        }
    }

    /// What kind of component it is.
    public let name: Name
    /// Its own properties.
    public var properties: Properties
    /// The components within, in their order.
    public var components: [Component]

    /// A component of any kind, known here or not.
    public init(_ name: Name, properties: Properties = Properties(), components: [Component] = []) {
        self.name = name
        self.properties = properties
        self.components = components
    }
}
