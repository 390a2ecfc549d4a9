/// A property: name, parameters in their order, and a value (RFC 5545 §3.5).
///
/// The parameter VALUE is not among ``parameters``: the type of ``value`` says it, and the writer states it where the
/// type differs from the name's default or the RFC demands it.
public struct Property: Hashable, Sendable {
    /// The name.
    public let name: PropertyName
    /// What is meant, with its type.
    public let value: Value
    /// All parameters but VALUE, in the order given.
    public let parameters: [Parameter]

    /// A property; a parameter VALUE among the parameters is left out.
    public init(_ name: PropertyName, _ value: Value, _ parameters: [Parameter] = []) {
        self.name = name
        self.value = value
        self.parameters =
            parameters.contains { $0.name == .value } ? parameters.filter { $0.name != .value } : parameters
    }

    /// The first value of the parameter with this name.
    public func parameter(_ name: Parameter.Name) -> String? {
        parameters.first { $0.name == name }?.values.first
    }
}
