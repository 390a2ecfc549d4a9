/// Someone who has a part in an event, a speaker for example: PARTICIPANT (RFC 9073 §7.1).
///
/// Programs that do not know RFC 9073 may drop the component, or the event with it.
public struct Participant: Hashable, Sendable {
    /// What somebody takes part as, PARTICIPANT-TYPE; any other word is allowed too (RFC 9073 §6.2).
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// Takes an active part.
        public static let active = Kind(rawValue: "ACTIVE")
        /// Takes none.
        public static let inactive = Kind(rawValue: "INACTIVE")
        /// Pays for it.
        public static let sponsor = Kind(rawValue: "SPONSOR")
        /// Answers questions.
        public static let contact = Kind(rawValue: "CONTACT")
        /// Acts or plays.
        public static let performer = Kind(rawValue: "PERFORMER")
        /// Speaks.
        public static let speaker = Kind(rawValue: "SPEAKER")
        /// The word itself.
        public let rawValue: String
        /// A kind by its word.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// What the view shows; everything else in it is kept as it is.
    public private(set) var component: Component

    /// A participant by what identifies them for ever, what they take part as, and their name.
    public init(uid: String, kind: Kind, name: String? = nil) {
        component = Component(.participant)
        component.properties.set(.uid, .text(uid))
        component.properties.set(.participantType, .text(kind.rawValue))
        self.name = name
    }

    /// A view of a component; nil where it is not a participant.
    public init?(_ component: Component) {
        guard component.name == .participant else { return nil }
        self.component = component
    }

    /// All properties, unknown ones too.
    public var properties: Properties {
        get { component.properties }
        // In place: to set through a copy would copy all properties each time.
        _modify { yield &component.properties }
    }

    /// What identifies the participant for ever.
    public var uid: String? { properties.text(.uid) }

    /// What they take part as.
    public var kind: Kind? { properties.text(.participantType).map { text in Kind(rawValue: text.uppercased()) } }

    /// The name for people, SUMMARY.
    public var name: String? {
        get { properties.text(.summary) }
        set { properties.set(.summary, newValue.map(Value.text)) }
    }

    /// A longer text about them.
    public var description: String? {
        get { properties.text(.description) }
        set { properties.set(.description, newValue.map(Value.text)) }
    }

    /// Their address, only where everyone may know it (RFC 9073 §6.4).
    public var address: CalendarAddress? {
        get {
            guard case .calendarAddress(let address)? = properties.first(.calendarAddress)?.value else { return nil }
            return address
        }
        set { properties.set(.calendarAddress, newValue.map(Value.calendarAddress)) }
    }
}
