/// Limits for reading untrusted input.
public struct ReaderLimits: Hashable, Sendable {
    /// The maximum length of an unfolded content line in octets; lines may contain an inline image.
    public var lineBytes = 4 << 20
    /// The maximum nesting depth of components, including the calendar.
    public var depth = 16
    /// The maximum number of properties and nested components in one component, and of properties of the calendar.
    public var partsPerComponent = 20_000
    /// The maximum length of all lines of one component with those nested in it, in octets; the lines may contain inline images.
    public var bytesPerComponent = 8 << 20
    /// The maximum number of components in the calendar.
    public var components = Int.max
    /// The maximum number of problems that lenient mode keeps; the others are only counted.
    public var problems = 100

    /// Creates limits that legitimate feeds do not reach.
    public init() {}
}
