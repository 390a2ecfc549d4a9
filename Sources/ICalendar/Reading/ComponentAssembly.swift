/// Assembles components from parsed lines and returns the components of a calendar one at a time (RFC 5545 §3.4).
struct ComponentAssembly {
    /// A component whose END has not been read yet.
    private struct Open {
        let name: Component.Name
        let line: Int
        var properties: [Property] = []
        var components: [Component] = []
    }

    private let limits: ReaderLimits
    /// The open components, outermost (the calendar) first.
    private var open: [Open] = []
    private var finished: Component?
    private var returned = 0
    /// The number of properties and components in the calendar's current component, and of the octets of their lines.
    private var parts = 0
    private var octets = 0
    /// Whether parts of it were left out.
    private var isCutShort = false
    /// The number of open components that are skipped because they exceed a limit.
    private var skippedDepth = 0
    private(set) var calendarCount = 0
    /// Which calendar the last finished component is in, from 1.
    private(set) var finishedIn = 0
    private(set) var header = Properties()
    /// Whether the last calendar that began with BEGIN:VCALENDAR has ended with END:VCALENDAR.
    private(set) var isWhole = false
    private var isHeaderRead = false
    private var isEnded = false

    init(limits: ReaderLimits) {
        self.limits = limits
    }

    mutating func popFinished() throws(ICalendarError) -> Component? {
        guard let component = finished else { return nil }
        finished = nil
        returned += 1
        guard returned <= limits.components else {
            throw tooLarge("more than \(limits.components) components", line: open.last?.line ?? 0)
        }
        return component
    }

    mutating func add(
        _ parsed: LineParser.Line, line: Int, octets: Int, problems: inout Problems
    ) throws(ICalendarError) {
        self.octets += octets
        switch parsed {
        case .begin(let name): try begin(name, line: line, problems: &problems)
        case .end(let name): try end(name, line: line, problems: &problems)
        case .property(let property): try add(property, line: line, problems: &problems)
        case .nothing: break
        }
    }

    /// Called for a line that is not read, because it is too long.
    mutating func skipLine() {
        if open.count > 1, skippedDepth == 0 { isCutShort = true }
    }

    /// Called after the last line.
    ///
    /// In lenient mode, components that are still open are closed.
    mutating func end(line: Int, problems: inout Problems) throws(ICalendarError) {
        guard !isEnded else { return }
        isEnded = true
        if calendarCount == 0 { try problems.report(unbalanced("no BEGIN:VCALENDAR", line: line)) }
        skippedDepth = 0
        while let last = open.last {
            try problems.report(unbalanced("no END:\(last.name.text)", line: last.line))
            try close(problems: &problems)
        }
    }

    private mutating func begin(_ name: Component.Name, line: Int, problems: inout Problems) throws(ICalendarError) {
        if isSkipping(name) { return skippedDepth += 1 }
        if open.isEmpty {
            try beginCalendar(name, line: line, problems: &problems)
            if name == .calendar { return }
        } else if name == .calendar {
            return try beginAnother(line: line, problems: &problems)
        }
        if Self.standsAlone(name), open.count > 1 {
            // The END is missing: a component of this kind is never nested.
            try problems.report(unbalanced("BEGIN:\(name.text) within \(open[1].name.text)", line: line))
            while open.count > 1 { try close(problems: &problems) }
        }
        if open.count == 1 {
            readHeader()
            // What stands between two components is part of neither.
            beginCounting()
        }
        let isCounted = try open.count == 1 ? true : count(line: line, problems: &problems)
        guard open.count < limits.depth, isCounted else {
            if open.count >= limits.depth {
                try problems.report(tooLarge("components nested more than \(limits.depth) deep", line: line))
            }
            return skippedDepth = 1
        }
        open.append(Open(name: name, line: line))
    }

    /// Whether a BEGIN or END belongs to a component that is being skipped.
    ///
    /// Calendars and events end the skipping, so a missing END does not lose the rest of the feed.
    private mutating func isSkipping(_ name: Component.Name) -> Bool {
        if name == .calendar || Self.standsAlone(name) { skippedDepth = 0 }
        return skippedDepth > 0
    }

    /// Begins a calendar.
    ///
    /// In lenient mode, a component outside of a calendar begins one, too.
    private mutating func beginCalendar(
        _ name: Component.Name, line: Int, problems: inout Problems
    ) throws(ICalendarError) {
        if name != .calendar {
            try problems.report(unbalanced("BEGIN:\(name.text) outside of a calendar", line: line))
        }
        calendarCount += 1
        if name == .calendar { isWhole = false }
        header = Properties()
        isHeaderRead = false
        beginCounting()
        open.append(Open(name: .calendar, line: line))
    }

    private mutating func beginAnother(line: Int, problems: inout Problems) throws(ICalendarError) {
        try problems.report(unbalanced("BEGIN:VCALENDAR within a calendar", line: line))
        while !open.isEmpty { try close(problems: &problems) }
        try beginCalendar(.calendar, line: line, problems: &problems)
    }

    private mutating func end(_ name: Component.Name, line: Int, problems: inout Problems) throws(ICalendarError) {
        if isSkipping(name) { return skippedDepth -= 1 }
        guard let index = open.lastIndex(where: { $0.name == name }) else {
            return try problems.report(unbalanced("END:\(name.text) without its BEGIN", line: line))
        }
        if name == .calendar { isWhole = true }
        while open.count > index + 1 {
            try problems.report(unbalanced("no END:\(open[open.count - 1].name.text)", line: line))
            try close(problems: &problems)
        }
        try close(problems: &problems)
    }

    /// Closes the innermost component.
    private mutating func close(problems: inout Problems) throws(ICalendarError) {
        guard let last = open.popLast() else { return }
        let component = Component(
            last.name, properties: Properties(read: last.properties), components: last.components)
        if open.isEmpty {
            readHeader(last.properties)
        }
        if problems.isStrict {
            let method = open.isEmpty ? component.properties.first(.method) : header.first(.method)
            if let error = ComponentRules.problem(in: component, hasMethod: method != nil) {
                throw error.at(line: last.line)
            }
        }
        switch open.count {
        case 0: break
        case 1:
            finished = component
            finished?.isCutShort = isCutShort
            finishedIn = calendarCount
            beginCounting()
        default: open[open.count - 1].components.append(component)
        }
    }

    private mutating func add(_ property: Property, line: Int, problems: inout Problems) throws(ICalendarError) {
        guard skippedDepth == 0 else { return }
        guard !open.isEmpty else {
            return try problems.report(unbalanced("\(property.name.text) outside of a component", line: line))
        }
        if open.count == 1, isHeaderRead {
            try problems.report(unbalanced("\(property.name.text) after the components of the calendar", line: line))
        }
        guard try count(line: line, problems: &problems) else { return }
        if open.count == 1, isHeaderRead {
            if header.count < limits.partsPerComponent { header.append(property) }
        } else {
            open[open.count - 1].properties.append(property)
        }
    }

    /// Counts a property or component; false if a limit is exceeded.
    private mutating func count(line: Int, problems: inout Problems) throws(ICalendarError) -> Bool {
        parts += 1
        guard parts > limits.partsPerComponent || octets > limits.bytesPerComponent else { return true }
        if !isCutShort {
            isCutShort = true
            let what =
                parts > limits.partsPerComponent
                ? "\(limits.partsPerComponent) properties and components" : "\(limits.bytesPerComponent) octets"
            try problems.report(tooLarge("more than \(what) in one component", line: line))
        }
        return false
    }

    private mutating func beginCounting() {
        (parts, octets, isCutShort) = (0, 0, false)
    }

    private mutating func readHeader(_ properties: [Property]? = nil) {
        guard !isHeaderRead, let properties = properties ?? open.first?.properties else { return }
        header = Properties(read: properties)
        isHeaderRead = true
        beginCounting()
    }

    /// The components that RFC 5545 §3.6 allows only directly within a calendar.
    private static func standsAlone(_ name: Component.Name) -> Bool {
        [.event, .todo, .journal, .freeBusy, .timeZone].contains(name)
    }

    private func unbalanced(_ problem: String, line: Int) -> ICalendarError {
        ICalendarError(
            code: .unbalanced, line: line, location: "calendar", problem: problem,
            next: "Every BEGIN needs an END, within a VCALENDAR.")
    }

    private func tooLarge(_ problem: String, line: Int) -> ICalendarError {
        ICalendarError(
            code: .tooLarge, line: line, location: "calendar", problem: problem,
            next: "Raise the limit if you trust the calendar.")
    }
}
