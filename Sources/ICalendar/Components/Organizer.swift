/// The organizer of an event, ORGANIZER (RFC 5545 §3.8.4.3).
public struct Organizer: Hashable, Sendable {
    /// The address to which replies are sent.
    public var address: CalendarAddress
    /// The display name, CN.
    public var name: String?
    /// Who sends on behalf of the organizer, SENT-BY.
    public var sentBy: CalendarAddress?
    /// All other parameters, in order.
    public var otherParameters: [Parameter] = []

    /// Creates an organizer from address, name and the address that sends on their behalf.
    public init(_ address: CalendarAddress, name: String? = nil, sentBy: CalendarAddress? = nil) {
        self.address = address
        self.name = name
        self.sentBy = sentBy
    }

    init?(_ property: Property) {
        guard case .calendarAddress(let address) = property.value else { return nil }
        self.init(
            address, name: property.parameter(.cn),
            sentBy: property.parameter(.sentBy).map { uri in CalendarAddress(uri: uri) })
        otherParameters = property.parameters.filter { $0.name != .cn && $0.name != .sentBy }
    }

    var property: Property {
        var parameters: [Parameter] = []
        if let name { parameters.append(Parameter(.cn, name)) }
        if let sentBy { parameters.append(Parameter(.sentBy, sentBy.uri)) }
        return Property(.organizer, .calendarAddress(address), parameters + otherParameters)
    }
}
