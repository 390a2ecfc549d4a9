/// Reads calendar objects of any length as they come, in constant memory (RFC 5545 §3.4).
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
/// No bytes crash it or keep it longer than their number explains. What the chunks are has no influence on what is read.
public struct Reader: ~Copyable {
    /// What is done about bytes that break a rule.
    public enum Mode: Hashable, Sendable {
        /// The first broken rule of RFC 5545 is thrown.
        case strict
        /// What can be understood is, as calendar programs do; ``Reader/problems`` tells what could not.
        case lenient
    }

    private var lines: LineAssembler
    private var parser: LineParser
    private var assembly: ComponentAssembly
    private var problemLog: Problems
    private var failure: ICalendarError?

    /// A reader that has seen no bytes.
    public init(_ mode: Mode = .strict, limits: ReaderLimits = ReaderLimits()) {
        lines = LineAssembler(lineBytes: max(1, limits.lineBytes))
        parser = LineParser()
        assembly = ComponentAssembly(limits: limits)
        problemLog = Problems(mode: mode, kept: limits.problems)
    }

    /// The properties of the calendar that is being read; all of them once its first component was given out.
    public var header: Properties { assembly.header }
    /// How many calendar objects have begun.
    public var calendarCount: Int { assembly.calendarCount }
    /// What a lenient reader met and went on after, in the order of the lines: the first few.
    public var problems: [ICalendarError] { problemLog.noted }
    /// How many problems there were, those not kept included.
    public var problemCount: Int { problemLog.count }

    /// Takes the next bytes; components that end in them come out of ``next()``.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        lines.append(bytes)
    }

    /// Says that there are no more bytes.
    public mutating func finish() {
        lines.isFinished = true
    }

    /// The next component of a calendar: an event, a time zone, or any other.
    ///
    /// - Returns: Nil when the bytes that came so far hold no further whole component.
    /// - Throws: ``ICalendarError`` with its line, by the strict reader; then the same again for ever. Of a lenient
    ///   reader only for more components than the limits let in.
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
        // A copy that shares its storage: so the bytes can be looked at while the rest of the reader changes.
        let buffer = lines.buffer
        while true {
            if let component = try assembly.takeFinished() { return component }
            switch lines.next(in: buffer.span) {
            case .needsMore: return nil
            case .end:
                try assembly.end(line: lines.lineNumber, problems: &problemLog)
                return try assembly.takeFinished()
            case .line(let range): try read(buffer.span.extracting(range))
            case .folded:
                let unfolded = lines.takeUnfolded()
                try read(unfolded.span)
                lines.giveBack(unfolded)
            case .tooLong: try problemLog.report(tooLong())
            }
        }
    }

    private mutating func read(_ line: Span<UInt8>) throws(ICalendarError) {
        let number = lines.lineNumber
        if !lines.faults.isEmpty { try report(lines.faults, line: number) }
        var parsed: LineParser.Line
        if lines.faults.contains(.controls) {
            let clean = LineAssembler.withoutControls(line)
            parsed = try parser.parse(clean.span, faults: lines.faults, line: number, problems: &problemLog)
        } else {
            parsed = try parser.parse(line, faults: lines.faults, line: number, problems: &problemLog)
        }
        try assembly.take(parsed, line: number, problems: &problemLog)
    }

    private mutating func report(_ faults: LineAssembler.Faults, line: Int) throws(ICalendarError) {
        for (fault, found) in LineAssembler.Faults.words where faults.contains(fault) {
            try problemLog.report(
                ICalendarError(
                    code: .malformedLine, line: line, place: "content line", found: found,
                    next: "Write it as RFC 5545 §3.1 says."))
        }
    }

    private func tooLong() -> ICalendarError {
        ICalendarError(
            code: .tooLarge, line: lines.lineNumber, place: "content line",
            found: "more than \(lines.lineBytes) octets",
            next: "Raise the limit, or leave the data out of the calendar.")
    }
}
