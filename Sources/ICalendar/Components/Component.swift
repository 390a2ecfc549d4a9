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

        /// The name as it is written.
        public let text: String

        /// A name from anywhere; case does not matter.
        ///
        /// - Parameter text: Letters, digits and hyphens.
        /// - Throws: ``ICalendarError`` where anything else is in it.
        public init(_ text: String) throws(ICalendarError) {
            self.text = try Token.capitals(text, of: "component")
        }

        private init(known text: String) {
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
