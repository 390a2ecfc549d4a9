/// A property: name, parameters in their order, and a value (RFC 5545 §3.5).
///
/// The parameter VALUE is not among ``parameters``: the type of ``value`` says it, and the writer states it where the
/// type differs from the name's default or the RFC demands it. Nor is ENCODING where the value is octets, which are always
/// written in Base64.
public struct Property: Hashable, Sendable {
    /// The name.
    public let name: PropertyName
    /// What is meant, with its type.
    public let value: Value
    /// All parameters but VALUE, in the order given.
    public let parameters: [Parameter]

    /// A property; a parameter VALUE among the parameters is left out, and ENCODING with octets.
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

    /// The first value of the parameter with this name.
    public func parameter(_ name: Parameter.Name) -> String? {
        parameters.first { $0.name == name }?.values.first
    }
}
