/// How much a reader takes from bytes that anyone may have written.
public struct ReaderLimits: Hashable, Sendable {
    /// The octets of one content line, unfolded; an image may lie within one.
    public var lineBytes = 4 << 20
    /// Components within each other, the calendar counted.
    public var depth = 16
    /// Properties and components within one component of a calendar, and properties of the calendar itself.
    public var partsPerComponent = 20_000
    /// Components of the calendar that are given out.
    public var components = Int.max
    /// Problems that the lenient reader keeps; the others are counted.
    public var problems = 100

    /// Limits that no honest feed meets.
    public init() {}
}
