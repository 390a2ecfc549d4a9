/// Writes a calendar of any length as jCal, as it comes, in constant memory (RFC 7265).
///
/// Equal input gives equal bytes. After the sink has thrown, the bytes are no JSON and the writer must be dropped.
public struct JCalWriter<Failure: Error>: ~Copyable {
    /// Takes the next bytes; called with a few kilobytes at a time.
    public typealias Sink = ([UInt8]) throws(Failure) -> Void

    private var values = JCalValues()
    private let chunkBytes: Int
    private let sink: Sink
    private var isFirst = true

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
        values.beginComponent(.calendar, calendar.properties)
        for component in calendar.components { try write(component) }
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
    /// - Parameter component: With all that is in it.
    /// - Throws: What the sink throws.
    public mutating func write(_ component: Component) throws(Failure) {
        if !isFirst { values.bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        values.append(component)
        try passOn(atLeast: chunkBytes)
    }

    /// Ends the calendar and hands the rest to the sink.
    ///
    /// A writer dropped before leaves unfinished JSON.
    ///
    /// - Throws: What the sink throws.
    public consuming func end() throws(Failure) {
        values.endComponent()
        try passOn(atLeast: 1)
    }

    private mutating func passOn(atLeast count: Int) throws(Failure) {
        guard values.bytes.count >= count else { return }
        try sink(values.bytes)
        values.bytes.removeAll(keepingCapacity: true)
    }
}

extension Calendar {
    /// All of it as jCal, for a calendar that is small enough to hold (RFC 7265).
    public func jCal() -> [UInt8] {
        var values = JCalValues()
        values.append(component)
        return values.bytes
    }
}
