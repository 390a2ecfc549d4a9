/// Someone invited to an event, ATTENDEE (RFC 5545 §3.8.4.1).
public struct Attendee: Hashable, Sendable {
    /// How much an attendee is needed, ROLE; any other word is allowed too (RFC 5545 §3.2.16).
    public struct Role: RawRepresentable, Hashable, Sendable {
        /// Leads the event.
        public static let chair = Role(rawValue: "CHAIR")
        /// Is needed; what holds where no role is stated.
        public static let required = Role(rawValue: "REQ-PARTICIPANT")
        /// Is welcome.
        public static let optional = Role(rawValue: "OPT-PARTICIPANT")
        /// Gets a copy for information.
        public static let informed = Role(rawValue: "NON-PARTICIPANT")
        /// The word itself.
        public let rawValue: String
        /// A role by its word.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// What an attendee answered, PARTSTAT; any other word is allowed too (RFC 5545 §3.2.12).
    public struct Participation: RawRepresentable, Hashable, Sendable {
        /// Has not answered; what holds where nothing is stated.
        public static let needsAction = Participation(rawValue: "NEEDS-ACTION")
        /// Will come.
        public static let accepted = Participation(rawValue: "ACCEPTED")
        /// Will not come.
        public static let declined = Participation(rawValue: "DECLINED")
        /// May come.
        public static let tentative = Participation(rawValue: "TENTATIVE")
        /// The word itself.
        public let rawValue: String
        /// An answer by its word.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// What kind of calendar user it is, CUTYPE; any other word is allowed too (RFC 5545 §3.2.3).
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// A person; what holds where nothing is stated.
        public static let individual = Kind(rawValue: "INDIVIDUAL")
        /// Several people.
        public static let group = Kind(rawValue: "GROUP")
        /// A thing, a projector for example.
        public static let resource = Kind(rawValue: "RESOURCE")
        /// A room.
        public static let room = Kind(rawValue: "ROOM")
        /// The word itself.
        public let rawValue: String
        /// A kind by its word.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// The address of the one invited.
    public var address: CalendarAddress
    /// The name for people, CN.
    public var name: String?
    /// What kind of calendar user it is.
    public var kind: Kind?
    /// How much the attendee is needed.
    public var role: Role?
    /// What the attendee answered.
    public var participation: Participation?
    /// Whether an answer is asked for, RSVP; false where not stated.
    public var rsvp: Bool?
    /// All other parameters, in their order.
    public var otherParameters: [Parameter] = []

    /// An attendee by address and name; the rest is not stated.
    public init(_ address: CalendarAddress, name: String? = nil) {
        self.address = address
        self.name = name
    }

    init?(_ property: Property) {
        guard case .calendarAddress(let address) = property.value else { return nil }
        self.init(address, name: property.parameter(.cn))
        kind = property.parameter(.cutype).map(Kind.init)
        role = property.parameter(.role).map(Role.init)
        participation = property.parameter(.partstat).map(Participation.init)
        rsvp = property.parameter(.rsvp).map { $0.uppercased() == "TRUE" }
        otherParameters = property.parameters.filter { !Self.own.contains($0.name) }
    }

    private static let own: [Parameter.Name] = [.cutype, .role, .partstat, .rsvp, .cn]

    /// The attendee as a property.
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
