/// A property: a name, parameters in order, and a value (RFC 5545 §3.5).
///
/// ``parameters`` never contains VALUE: ``value`` has a type, and the writer adds VALUE where the type differs from the
/// property's default or the RFC requires it. Nor does it contain ENCODING for a binary value, which is always written
/// in Base64.
public struct Property: Hashable, Sendable {
    /// The name.
    public let name: PropertyName
    /// The value, with its type.
    public let value: Value
    /// All parameters except VALUE, in order.
    public let parameters: [Parameter]

    /// Creates a property; VALUE is dropped from the parameters, and so is ENCODING for a binary value.
    public init(_ name: PropertyName, _ value: Value, _ parameters: [Parameter] = []) {
        self.name = name
        self.value = value
        var isOctets = false
        if case .binary = value { isOctets = true }
        let implied = { (parameter: Parameter) in
            parameter.name == .value || (isOctets && parameter.name == .encoding)
        }
        self.parameters = parameters.contains(where: implied) ? parameters.filter { !implied($0) } : parameters
    }

    /// The VALUE of a property whose parameters could not be parsed; its value is the rest of the line.
    static let unreadable = "X-UNREADABLE"

    /// Whether the property could not be parsed, and its value is what the line says.
    public var isUnreadable: Bool {
        if case .raw(_, type: Self.unreadable) = value { true } else { false }
    }

    /// The first value of the parameter with this name, or nil.
    ///
    /// A name or a zone is one text: a comma in it that was not quoted is part of it.
    public func parameter(_ name: Parameter.Name) -> String? {
        guard let values = parameters.first(where: { $0.name == name })?.values else { return nil }
        return values.count > 1 && (name == .cn || name == .tzid) ? values.joined(separator: ",") : values.first
    }
}
