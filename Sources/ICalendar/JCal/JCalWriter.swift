/// Writes a calendar of any size as jCal in constant memory, one component at a time (RFC 7265).
///
/// Equal input gives equal bytes. If the sink throws, the output is incomplete and the writer must not be used any
/// further.
public struct JCalWriter<Failure: Error>: ~Copyable {
    /// Receives the next chunk of bytes.
    public typealias Sink = ([UInt8]) throws(Failure) -> Void

    private var values = JCalValues()
    private let chunkBytes: Int
    private let sink: Sink
    private var isFirst = true

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
        values.beginComponent(.calendar, calendar.properties)
        for component in calendar.components { try write(component) }
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
    /// - Parameter component: The component, with its nested components.
    /// - Throws: The error of the sink.
    public mutating func write(_ component: Component) throws(Failure) {
        if !isFirst { values.bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        values.append(component)
        try flush(atLeast: chunkBytes)
    }

    /// Writes the end of the calendar and passes the remaining bytes to the sink.
    ///
    /// Without this call the JSON is incomplete.
    ///
    /// - Throws: The error of the sink.
    public consuming func end() throws(Failure) {
        values.endComponent()
        try flush(atLeast: 1)
    }

    private mutating func flush(atLeast count: Int) throws(Failure) {
        guard values.bytes.count >= count else { return }
        try sink(values.bytes)
        values.bytes.removeAll(keepingCapacity: true)
    }
}

extension Calendar {
    /// The calendar in jCal, for one that fits in memory; see ``JCalWriter`` for others (RFC 7265).
    public func jCal() -> [UInt8] {
        var values = JCalValues()
        values.append(component)
        return values.bytes
    }
}
