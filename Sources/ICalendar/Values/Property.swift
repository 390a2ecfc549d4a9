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

    /// The first value of the parameter with this name, or nil.
    public func parameter(_ name: Parameter.Name) -> String? {
        parameters.first { $0.name == name }?.values.first
    }
}
