/// Names each durable write and each byte that matters, as it is passed.
///
/// In production it does nothing. Tests count the steps of a clean run, then die, or fail, at each of them in turn.
public struct Steps: Sendable {
    private let passing: @Sendable (String) -> Void

    /// Steps that no one watches.
    public static let unwatched = Steps { _ in }

    /// Takes what is called at each step, on the thread that passes it.
    public init(_ passing: @escaping @Sendable (String) -> Void) { self.passing = passing }

    /// Says that a step is about to be taken.
    public func pass(_ step: StaticString) { passing(step.description) }
}
