/// An image of a calendar or an event, IMAGE (RFC 7986 §5.10).
public struct Image: Hashable, Sendable {
    /// The image or its URI.
    public enum Content: Hashable, Sendable {
        /// A URI, encoded unchanged.
        case uri(String)
        /// The image file's bytes.
        case octets([UInt8])
    }

    /// How to display an image, DISPLAY; other tokens are allowed (RFC 7986 §6.1).
    public struct Display: RawRepresentable, Hashable, Sendable {
        /// Next to the title; the default.
        public static let badge = Display(rawValue: "BADGE")
        /// As the main graphic.
        public static let graphic = Display(rawValue: "GRAPHIC")
        /// At full size.
        public static let fullSize = Display(rawValue: "FULLSIZE")
        /// As a thumbnail, in lists.
        public static let thumbnail = Display(rawValue: "THUMBNAIL")
        /// The token, in uppercase.
        public let rawValue: String
        /// Creates a display mode from its token; case does not matter.
        public init(rawValue: String) { self.rawValue = Token.word(rawValue) }
    }

    /// The image or its URI.
    public var content: Content
    /// The display modes, in order.
    public var displays: [Display]
    /// The media type, such as `image/png`.
    public var mediaType: String?
    /// All other parameters, in order.
    public var otherParameters: [Parameter] = []

    /// Creates an image from its content, display modes and media type.
    public init(_ content: Content, displays: [Display] = [], mediaType: String? = nil) {
        self.content = content
        self.displays = displays
        self.mediaType = mediaType
    }

    init?(_ property: Property) {
        switch property.value {
        case .uri(let uri): content = .uri(uri)
        case .binary(let octets): content = .octets(octets)
        case .text, .textList, .calendarAddress, .utcDateTime, .localDateTime, .date, .duration, .period, .recurrence,
            .integer, .float, .coordinates, .boolean, .utcOffset, .list, .raw:
            return nil
        }
        displays = (property.parameters.first { $0.name == .display }?.values ?? []).map(Display.init)
        mediaType = property.parameter(.fmttype)
        otherParameters = property.parameters.filter { $0.name != .display && $0.name != .fmttype }
    }

    var property: Property {
        var parameters: [Parameter] = []
        if !displays.isEmpty { parameters.append(Parameter(.display, values: displays.map(\.rawValue))) }
        if let mediaType { parameters.append(Parameter(.fmttype, mediaType)) }
        let value: Value =
            switch content {
            case .uri(let uri): .uri(uri)
            case .octets(let octets): .binary(octets)
            }
        return Property(.image, value, parameters + otherParameters)
    }
}
