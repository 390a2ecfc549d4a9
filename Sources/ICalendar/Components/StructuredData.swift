/// Data about an event for programs, STRUCTURED-DATA: JSON-LD by schema.org, for example (RFC 9073 §6.6).
public struct StructuredData: Hashable, Sendable {
    /// The data, or where they lie.
    public enum Content: Hashable, Sendable {
        /// The data as text.
        case text(String)
        /// The data as octets.
        case octets([UInt8])
        /// A URI, copied as it is.
        case uri(String)
    }

    /// The data, or where they lie.
    public var content: Content
    /// Their media type, such as `application/ld+json`; needed for data that lie here.
    public var mediaType: String?
    /// A URI for what they are about, such as `https://schema.org/Event`; needed for data that lie here.
    public var schema: String?
    /// All other parameters, in their order.
    public var otherParameters: [Parameter] = []

    /// Data with their media type and what they are about.
    public init(_ content: Content, mediaType: String?, schema: String?) {
        self.content = content
        self.mediaType = mediaType
        self.schema = schema
    }

    init?(_ property: Property) {
        switch property.value {
        case .text(let text): content = .text(text)
        case .uri(let uri): content = .uri(uri)
        case .binary(let octets): content = .octets(octets)
        case .textList, .calendarAddress, .utcDateTime, .localDateTime, .date, .duration, .period, .recurrence,
            .integer, .float, .coordinates, .boolean, .utcOffset, .list, .raw:
            return nil
        }
        mediaType = property.parameter(.fmttype)
        schema = property.parameter(.schema)
        otherParameters = property.parameters.filter { $0.name != .fmttype && $0.name != .schema }
    }

    var property: Property {
        var parameters: [Parameter] = []
        if let mediaType { parameters.append(Parameter(.fmttype, mediaType)) }
        if let schema { parameters.append(Parameter(.schema, schema)) }
        let value: Value =
            switch content {
            case .text(let text): .text(text)
            case .octets(let octets): .binary(octets)
            case .uri(let uri): .uri(uri)
            }
        return Property(.structuredData, value, parameters + otherParameters)
    }
}
