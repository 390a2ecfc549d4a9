/// A participant in an event, such as a speaker: a typed view of a PARTICIPANT component (RFC 9073 §7.1).
///
/// Programs that do not support RFC 9073 may ignore the component, or even the whole event.
public struct Participant: Hashable, Sendable {
    /// The type of a participant, PARTICIPANT-TYPE; other tokens are allowed (RFC 9073 §6.2).
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// Participates actively.
        public static let active = Kind(rawValue: "ACTIVE")
        /// Does not participate actively.
        public static let inactive = Kind(rawValue: "INACTIVE")
        /// Sponsors the event.
        public static let sponsor = Kind(rawValue: "SPONSOR")
        /// The contact for questions.
        public static let contact = Kind(rawValue: "CONTACT")
        /// Performs.
        public static let performer = Kind(rawValue: "PERFORMER")
        /// Speaks.
        public static let speaker = Kind(rawValue: "SPEAKER")
        /// The token, in uppercase.
        public let rawValue: String
        /// Creates a type from its token; case does not matter.
        public init(rawValue: String) { self.rawValue = Token.word(rawValue) }
    }

    /// The underlying component, including everything the view has no property for.
    public private(set) var component: Component

    /// Creates a participant from a persistent identifier, a type and a name.
    public init(uid: String, kind: Kind, name: String? = nil) {
        component = Component(.participant)
        component.properties.set(.uid, .text(uid))
        component.properties.set(.participantType, .text(kind.rawValue))
        self.name = name
    }

    /// Creates a view of a component; nil if it is not a PARTICIPANT.
    public init?(_ component: Component) {
        guard component.name == .participant else { return nil }
        self.component = component
    }

    /// All properties, including unrecognized ones.
    public var properties: Properties {
        get { component.properties }
        // Modified in place, because setting through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// The persistent identifier of the participant (RFC 5545 §3.8.4.7).
    public var uid: String? { properties.text(.uid) }

    /// The type of participant (RFC 9073 §6.2).
    public var kind: Kind? { properties.text(.participantType).map(Kind.init(rawValue:)) }

    /// The display name, SUMMARY.
    public var name: String? {
        get { properties.text(.summary) }
        set { properties.set(.summary, newValue.map(Value.text)) }
    }

    /// A description of the participant.
    public var description: String? {
        get { properties.text(.description) }
        set { properties.set(.description, newValue.map(Value.text)) }
    }

    /// The address; set it only if it may be public (RFC 9073 §6.4).
    public var address: CalendarAddress? {
        get {
            guard case .calendarAddress(let address)? = properties.first(.calendarAddress)?.value else { return nil }
            return address
        }
        set { properties.set(.calendarAddress, newValue.map(Value.calendarAddress)) }
    }
}
