/// Writes a calendar of any length as it comes, in constant memory.
///
/// ```swift
/// var writer = try Writer(beginning: header) { chunk throws(WriteFailure) in try file.write(chunk) }
/// for session in sessions { try writer.write(event(of: session)) }
/// try writer.end()
/// ```
/// Equal input gives equal bytes, whatever the size of the chunks. After the sink has thrown, the bytes are not a calendar
/// and the writer must be dropped.
public struct Writer<Failure: Error>: ~Copyable {
    /// Takes the next bytes; called with a few kilobytes at a time.
    public typealias Sink = ([UInt8]) throws(Failure) -> Void

    private var lines = ContentLines()
    private let chunkBytes: Int
    private let sink: Sink

    /// Begins the calendar: its properties and the components it already holds.
    ///
    /// - Parameters:
    ///   - calendar: The header of the feed, mostly without events.
    ///   - chunkBytes: Octets after which the sink is called; it gets at least so many, but for the last time.
    ///   - sink: Takes the bytes in their order.
    /// - Throws: What the sink throws.
    public init(beginning calendar: Calendar, chunkBytes: Int = 32_768, sink: @escaping Sink) throws(Failure) {
        self.chunkBytes = max(1, chunkBytes)
        self.sink = sink
        lines.bytes.reserveCapacity(self.chunkBytes + 4096)
        lines.begin(.calendar)
        for property in calendar.properties { lines.append(property) }
        for component in calendar.component.components { try write(component) }
        try passOn(atLeast: self.chunkBytes)
    }

    /// Writes an event.
    ///
    /// - Parameter event: With its alarms and all else that is in it.
    /// - Throws: What the sink throws.
    public mutating func write(_ event: Event) throws(Failure) {
        try write(event.component)
    }

    /// Writes a component of any kind.
    ///
    /// - Parameter component: With all that is in it. A VTIMEZONE must come before the events that use it.
    /// - Throws: What the sink throws.
    public mutating func write(_ component: Component) throws(Failure) {
        lines.append(component)
        try passOn(atLeast: chunkBytes)
    }

    /// Ends the calendar and hands the rest to the sink.
    ///
    /// A writer dropped before leaves an unfinished calendar.
    ///
    /// - Throws: What the sink throws.
    public consuming func end() throws(Failure) {
        lines.end(.calendar)
        try passOn(atLeast: 1)
    }

    private mutating func passOn(atLeast count: Int) throws(Failure) {
        guard lines.bytes.count >= count else { return }
        try sink(lines.bytes)
        lines.bytes.removeAll(keepingCapacity: true)
    }
}
