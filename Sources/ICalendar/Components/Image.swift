/// An image to show with a calendar or an event, IMAGE (RFC 7986 §5.10).
public struct Image: Hashable, Sendable {
    /// Where the image comes from.
    public enum Content: Hashable, Sendable {
        /// A URI, copied as it is.
        case uri(String)
        /// The octets of the image.
        case octets([UInt8])
    }

    /// How an image is to be shown, DISPLAY; any other word is allowed too (RFC 7986 §6.1).
    public struct Display: RawRepresentable, Hashable, Sendable {
        /// Beside the title; what holds where nothing is stated.
        public static let badge = Display(rawValue: "BADGE")
        /// Instead of other graphics.
        public static let graphic = Display(rawValue: "GRAPHIC")
        /// As large as the display.
        public static let fullSize = Display(rawValue: "FULLSIZE")
        /// In lists.
        public static let thumbnail = Display(rawValue: "THUMBNAIL")
        /// The word itself.
        public let rawValue: String
        /// A way to show by its word.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// The image, or where it lies.
    public var content: Content
    /// How it is to be shown, in this order.
    public var displays: [Display]
    /// Its media type, such as `image/png`.
    public var mediaType: String?
    /// All other parameters, in their order.
    public var otherParameters: [Parameter] = []

    /// An image by what or where it is, how it is to be shown, and its media type.
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
