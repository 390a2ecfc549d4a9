/// Machine-readable data about an event, such as schema.org JSON-LD: STRUCTURED-DATA (RFC 9073 §6.6).
public struct StructuredData: Hashable, Sendable {
    /// The data or its URI.
    public enum Content: Hashable, Sendable {
        /// The data as text.
        case text(String)
        /// The data as bytes.
        case octets([UInt8])
        /// A URI, encoded unchanged.
        case uri(String)
    }

    /// The data or its URI.
    public var content: Content
    /// The media type, such as `application/ld+json`; required for inline data.
    public var mediaType: String?
    /// The URI of the schema, such as `https://schema.org/Event`; required for inline data.
    public var schema: String?
    /// All other parameters, in order.
    public var otherParameters: [Parameter] = []

    /// Creates structured data from content, media type and schema.
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
