/// Writes a calendar of any size in constant memory, one component at a time.
///
/// ```swift
/// var writer = try Writer(beginning: header) { chunk throws(WriteFailure) in try file.write(chunk) }
/// for session in sessions { try writer.write(event(of: session)) }
/// try writer.end()
/// ```
/// Equal input gives equal bytes, regardless of the chunk size. If the sink throws, the output is incomplete and the
/// writer must not be used any further.
public struct Writer<Failure: Error>: ~Copyable {
    /// Receives the next chunk of bytes.
    public typealias Sink = ([UInt8]) throws(Failure) -> Void

    private var lines = ContentLines()
    private let chunkBytes: Int
    private let sink: Sink

    /// Writes the beginning of the calendar: its properties and the components it already contains.
    ///
    /// - Parameters:
    ///   - calendar: The header of the feed, usually without events.
    ///   - chunkBytes: The minimum size of a chunk; only the last one may be smaller.
    ///   - sink: Receives the bytes, in order.
    /// - Throws: The error of the sink.
    public init(beginning calendar: Calendar, chunkBytes: Int = 32_768, sink: @escaping Sink) throws(Failure) {
        self.chunkBytes = max(1, chunkBytes)
        self.sink = sink
        lines.bytes.reserveCapacity(self.chunkBytes + 4096)
        lines.begin(.calendar)
        for property in calendar.properties { lines.append(property) }
        for component in calendar.component.components { try write(component) }
        try flush(atLeast: self.chunkBytes)
    }

    /// Writes an event.
    ///
    /// - Parameter event: The event, with its alarms and other nested components.
    /// - Throws: The error of the sink.
    public mutating func write(_ event: Event) throws(Failure) {
        try write(event.component)
    }

    /// Writes a component of any kind.
    ///
    /// - Parameter component: The component, with its nested components. Write a VTIMEZONE before the events that use
    ///   it.
    /// - Throws: The error of the sink.
    public mutating func write(_ component: Component) throws(Failure) {
        lines.append(component)
        try flush(atLeast: chunkBytes)
    }

    /// Writes the end of the calendar and passes the remaining bytes to the sink.
    ///
    /// Without this call the calendar is incomplete.
    ///
    /// - Throws: The error of the sink.
    public consuming func end() throws(Failure) {
        lines.end(.calendar)
        try flush(atLeast: 1)
    }

    private mutating func flush(atLeast count: Int) throws(Failure) {
        guard lines.bytes.count >= count else { return }
        try sink(lines.bytes)
        lines.bytes.removeAll(keepingCapacity: true)
    }
}
