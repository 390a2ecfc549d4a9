/// Reports each durable write and each byte that matters, just before it happens.
///
/// In production it does nothing. Tests count the steps of a clean run, then die, or fail, at each of them in turn.
public struct Steps: Sendable {
    private let passing: @Sendable (String) -> Void

    /// Steps that nobody observes.
    public static let unwatched = Steps { _ in }

    /// Creates steps that call a closure at each step, on the thread that reaches it.
    public init(_ passing: @escaping @Sendable (String) -> Void) { self.passing = passing }

    /// Reports that a step is about to be taken.
    public func pass(_ step: StaticString) { passing(step.description) }
}
