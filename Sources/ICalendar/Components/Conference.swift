/// A link or number to join a meeting, CONFERENCE (RFC 7986 §5.11).
public struct Conference: Hashable, Sendable {
    /// A feature of a conference, FEATURE; other tokens are allowed (RFC 7986 §6.3).
    public struct Feature: RawRepresentable, Hashable, Sendable {
        /// Audio.
        public static let audio = Feature(rawValue: "AUDIO")
        /// Chat.
        public static let chat = Feature(rawValue: "CHAT")
        /// A blog or Atom feed.
        public static let feed = Feature(rawValue: "FEED")
        /// Access for moderators.
        public static let moderator = Feature(rawValue: "MODERATOR")
        /// Telephone.
        public static let phone = Feature(rawValue: "PHONE")
        /// Screen sharing.
        public static let screen = Feature(rawValue: "SCREEN")
        /// Video.
        public static let video = Feature(rawValue: "VIDEO")
        /// The token, in uppercase.
        public let rawValue: String
        /// Creates a feature from its token; case does not matter.
        public init(rawValue: String) { self.rawValue = Token.word(rawValue) }
    }

    /// An `https:` or `tel:` URI, encoded unchanged; write a `#` to dial as `%23`.
    public var uri: String
    /// The features, in order.
    public var features: [Feature]
    /// The label of the link.
    public var label: String?
    /// All other parameters, in order.
    public var otherParameters: [Parameter] = []

    /// Creates a conference from its URI, features and label.
    public init(uri: String, features: [Feature] = [], label: String? = nil) {
        self.uri = uri
        self.features = features
        self.label = label
    }

    init?(_ property: Property) {
        guard case .uri(let uri) = property.value else { return nil }
        let features = property.parameters.first { $0.name == .feature }?.values ?? []
        self.init(uri: uri, features: features.map(Feature.init), label: property.parameter(.label))
        otherParameters = property.parameters.filter { $0.name != .feature && $0.name != .label }
    }

    var property: Property {
        var parameters: [Parameter] = []
        if !features.isEmpty { parameters.append(Parameter(.feature, values: features.map(\.rawValue))) }
        if let label { parameters.append(Parameter(.label, label)) }
        return Property(.conference, .uri(uri), parameters + otherParameters)
    }
}
