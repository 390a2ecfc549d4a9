/// Reads calendar objects of any size in constant memory, one component at a time (RFC 5545 §3.4).
///
/// ```swift
/// var reader = Reader(.lenient)
/// for chunk in chunks {
///     reader.append(chunk)
///     while let component = try reader.next() { … }
/// }
/// reader.finish()
/// while let component = try reader.next() { … }
/// ```
/// It does not crash on any input, and its running time is proportional to the size. How the input is divided into
/// chunks does not affect the result.
public struct Reader: ~Copyable {
    /// How to handle input that violates RFC 5545.
    public enum Mode: Hashable, Sendable {
        /// Throw the first violation.
        case strict
        /// Read as much as possible, as calendar programs do; ``Reader/problems`` lists the violations.
        case lenient
    }

    private var lines: LineAssembler
    private var parser: LineParser
    private var assembly: ComponentAssembly
    private var problemLog: Problems
    private var failure: ICalendarError?

    /// Creates a reader.
    public init(_ mode: Mode = .strict, limits: ReaderLimits = ReaderLimits()) {
        lines = LineAssembler(lineBytes: max(1, limits.lineBytes))
        parser = LineParser()
        assembly = ComponentAssembly(limits: limits)
        problemLog = Problems(mode: mode, kept: limits.problems)
    }

    /// The properties of the current calendar, complete once ``next()`` has returned its first component.
    public var header: Properties { assembly.header }
    /// The number of calendar objects that have begun.
    public var calendarCount: Int { assembly.calendarCount }
    /// Whether the last calendar object has ended; false before the first.
    var isWhole: Bool { assembly.isWhole }
    /// Which calendar object the last component is in, from 1.
    var calendarOfLast: Int { assembly.finishedIn }
    /// The first problems in lenient mode, in the order of the lines; ``ReaderLimits/problems`` says how many.
    public var problems: [ICalendarError] { problemLog.noted }
    /// The number of all problems in lenient mode, including those not kept.
    public var problemCount: Int { problemLog.count }

    /// Appends a chunk of input.
    ///
    /// Afterwards, call ``next()`` until it returns nil.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        lines.append(bytes)
    }

    /// Marks the end of the input.
    ///
    /// Afterwards, call ``next()`` until it returns nil.
    public mutating func finish() {
        lines.isFinished = true
    }

    /// Returns the next component of a calendar: an event, a time zone, or any other.
    ///
    /// - Returns: Nil if the input so far contains no further complete component.
    /// - Throws: ``ICalendarError`` with a line number, in strict mode at the first violation, in lenient mode only for
    ///   more components than the limit. Later calls throw the same error again.
    public mutating func next() throws(ICalendarError) -> Component? {
        if let failure { throw failure }
        do throws(ICalendarError) {
            return try nextComponent()
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func nextComponent() throws(ICalendarError) -> Component? {
        // A copy that shares its storage, so that the bytes can be read while the rest of the reader is modified.
        let buffer = lines.buffer
        while true {
            if let component = try assembly.popFinished() { return component }
            switch lines.next(in: buffer.span) {
            case .needsMore: return nil
            case .end:
                try assembly.end(line: lines.lineNumber, problems: &problemLog)
                return try assembly.popFinished()
            case .line(let range): try read(buffer.span.extracting(range))
            case .folded:
                let unfolded = lines.popUnfolded()
                try read(unfolded.span)
                lines.recycle(unfolded)
            case .tooLong:
                assembly.skipLine()
                try problemLog.report(tooLong())
            }
        }
    }

    private mutating func read(_ line: Span<UInt8>) throws(ICalendarError) {
        let number = lines.lineNumber
        if !lines.defects.isEmpty { try report(lines.defects, line: number) }
        var parsed: LineParser.Line
        if lines.defects.contains(.controls) {
            let clean = LineAssembler.withoutControls(line)
            parsed = try parser.parse(clean.span, defects: lines.defects, line: number, problems: &problemLog)
        } else {
            parsed = try parser.parse(line, defects: lines.defects, line: number, problems: &problemLog)
        }
        try assembly.add(parsed, line: number, octets: line.count, problems: &problemLog)
    }

    private mutating func report(_ defects: LineAssembler.Defects, line: Int) throws(ICalendarError) {
        for (defect, problem) in LineAssembler.Defects.descriptions where defects.contains(defect) {
            try problemLog.report(
                ICalendarError(
                    code: .malformedLine, line: line, location: "content line", problem: problem,
                    next: "See RFC 5545 §3.1."))
        }
    }

    private func tooLong() -> ICalendarError {
        ICalendarError(
            code: .tooLarge, line: lines.lineNumber, location: "content line",
            problem: "more than \(lines.lineBytes) octets",
            next: "Raise the limit, or remove the data from the calendar.")
    }
}
