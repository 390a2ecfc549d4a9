/// A person or resource invited to an event, ATTENDEE (RFC 5545 §3.8.4.1).
public struct Attendee: Hashable, Sendable {
    /// The participation role, ROLE; other tokens are allowed (RFC 5545 §3.2.16).
    public struct Role: RawRepresentable, Hashable, Sendable {
        /// The chair of the event.
        public static let chair = Role(rawValue: "CHAIR")
        /// Participation is required; the default.
        public static let required = Role(rawValue: "REQ-PARTICIPANT")
        /// Participation is optional.
        public static let optional = Role(rawValue: "OPT-PARTICIPANT")
        /// Informed only, does not participate.
        public static let informed = Role(rawValue: "NON-PARTICIPANT")
        /// The token, in uppercase.
        public let rawValue: String
        /// Creates a role from its token; case does not matter.
        public init(rawValue: String) { self.rawValue = Token.word(rawValue) }
    }

    /// The participation status, PARTSTAT; other tokens are allowed (RFC 5545 §3.2.12).
    public struct Participation: RawRepresentable, Hashable, Sendable {
        /// No reply yet; the default.
        public static let needsAction = Participation(rawValue: "NEEDS-ACTION")
        /// Accepted.
        public static let accepted = Participation(rawValue: "ACCEPTED")
        /// Declined.
        public static let declined = Participation(rawValue: "DECLINED")
        /// Passed on to someone else, DELEGATED-TO.
        public static let delegated = Participation(rawValue: "DELEGATED")
        /// Tentatively accepted.
        public static let tentative = Participation(rawValue: "TENTATIVE")
        /// The token, in uppercase.
        public let rawValue: String
        /// Creates a status from its token; case does not matter.
        public init(rawValue: String) { self.rawValue = Token.word(rawValue) }
    }

    /// The kind of calendar user, CUTYPE; other tokens are allowed (RFC 5545 §3.2.3).
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// A person; the default.
        public static let individual = Kind(rawValue: "INDIVIDUAL")
        /// A group of people.
        public static let group = Kind(rawValue: "GROUP")
        /// A resource such as a projector.
        public static let resource = Kind(rawValue: "RESOURCE")
        /// A room.
        public static let room = Kind(rawValue: "ROOM")
        /// The token, in uppercase.
        public let rawValue: String
        /// Creates a kind from its token; case does not matter.
        public init(rawValue: String) { self.rawValue = Token.word(rawValue) }
    }

    /// The address of the attendee.
    public var address: CalendarAddress
    /// The display name, CN.
    public var name: String?
    /// The kind of calendar user.
    public var kind: Kind?
    /// The participation role.
    public var role: Role?
    /// The participation status.
    public var participation: Participation?
    /// Whether a reply is requested, RSVP; absent means false.
    public var rsvp: Bool?
    /// All other parameters, in order.
    public var otherParameters: [Parameter] = []

    /// Creates an attendee from address and name; the other parameters are absent.
    public init(_ address: CalendarAddress, name: String? = nil) {
        self.address = address
        self.name = name
    }

    /// Creates an attendee from an ATTENDEE property; nil if its value is no calendar address.
    public init?(reading property: Property) { self.init(property) }

    init?(_ property: Property) {
        guard case .calendarAddress(let address) = property.value else { return nil }
        self.init(address, name: property.parameter(.cn))
        kind = property.parameter(.cutype).map(Kind.init)
        role = property.parameter(.role).map(Role.init)
        participation = property.parameter(.partstat).map(Participation.init)
        rsvp = property.parameter(.rsvp).map { Token.word($0) == "TRUE" }
        otherParameters = property.parameters.filter { !Self.own.contains($0.name) }
    }

    private static let own: [Parameter.Name] = [.cutype, .role, .partstat, .rsvp, .cn]

    /// The attendee as an ATTENDEE property.
    public var property: Property {
        var parameters: [Parameter] = []
        if let kind { parameters.append(Parameter(.cutype, kind.rawValue)) }
        if let role { parameters.append(Parameter(.role, role.rawValue)) }
        if let participation { parameters.append(Parameter(.partstat, participation.rawValue)) }
        if let rsvp { parameters.append(Parameter(.rsvp, rsvp ? "TRUE" : "FALSE")) }
        if let name { parameters.append(Parameter(.cn, name)) }
        return Property(.attendee, .calendarAddress(address), parameters + otherParameters)
    }
}
