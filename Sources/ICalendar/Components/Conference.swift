/// A way into an online meeting, CONFERENCE (RFC 7986 §5.11).
public struct Conference: Hashable, Sendable {
    /// What a conference offers, FEATURE; any other word is allowed too (RFC 7986 §6.3).
    public struct Feature: RawRepresentable, Hashable, Sendable {
        /// Sound.
        public static let audio = Feature(rawValue: "AUDIO")
        /// Written talk.
        public static let chat = Feature(rawValue: "CHAT")
        /// A feed to read or watch.
        public static let feed = Feature(rawValue: "FEED")
        /// The moderators' entrance.
        public static let moderator = Feature(rawValue: "MODERATOR")
        /// By telephone.
        public static let phone = Feature(rawValue: "PHONE")
        /// Shared screens.
        public static let screen = Feature(rawValue: "SCREEN")
        /// Pictures.
        public static let video = Feature(rawValue: "VIDEO")
        /// The word itself.
        public let rawValue: String
        /// A feature by its word.
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    /// Where to go, an `https:` or `tel:` URI, copied as it is; a `#` to dial is written `%23`.
    public var uri: String
    /// What it offers, in this order.
    public var features: [Feature]
    /// A short text for the link.
    public var label: String?
    /// All other parameters, in their order.
    public var otherParameters: [Parameter] = []

    /// A way in by its URI, what it offers, and a text for the link.
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
