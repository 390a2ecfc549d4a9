/// Puts the lines between BEGIN and END together; the components of a calendar come out one by one (RFC 5545 §3.4).
struct ComponentAssembly {
    /// A component that has begun.
    private struct Open {
        let name: Component.Name
        let line: Int
        var properties: [Property] = []
        var components: [Component] = []
    }

    private let limits: ReaderLimits
    /// The calendar first; empty outside of one.
    private var open: [Open] = []
    private var finished: Component?
    private var given = 0
    /// Properties and components within the component of the calendar that is open.
    private var parts = 0
    /// How many BEGIN are passed over because they lie too deep or there are too many.
    private var skippedDepth = 0
    private(set) var calendarCount = 0
    private(set) var header = Properties()
    private var isHeaderRead = false
    private var isEnded = false

    init(limits: ReaderLimits) {
        self.limits = limits
    }

    mutating func takeFinished() throws(ICalendarError) -> Component? {
        guard let component = finished else { return nil }
        finished = nil
        given += 1
        guard given <= limits.components else {
            throw tooLarge("more than \(limits.components) components", line: open.last?.line ?? 0)
        }
        return component
    }

    mutating func take(
        _ parsed: LineParser.Line, line: Int, problems: inout Problems
    ) throws(ICalendarError) {
        switch parsed {
        case .begin(let name): try begin(name, line: line, problems: &problems)
        case .end(let name): try end(name, line: line, problems: &problems)
        case .property(let property): try add(property, line: line, problems: &problems)
        case .nothing: break
        }
    }

    /// After the last line: what is open still is ended by a lenient reader.
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
            // Its END was forgotten: no component of this kind lies within another.
            try problems.report(unbalanced("BEGIN:\(name.text) within \(open[1].name.text)", line: line))
            while open.count > 1 { try close(problems: &problems) }
        }
        guard open.count < limits.depth, try count(line: line, problems: &problems) else {
            if open.count >= limits.depth {
                try problems.report(tooLarge("components more than \(limits.depth) deep", line: line))
            }
            return skippedDepth = 1
        }
        if open.count == 1 { readHeader() }
        open.append(Open(name: name, line: line))
    }

    /// Whether a BEGIN or END belongs to what is passed over.
    ///
    /// A calendar or an event cannot, so where an END was forgotten the rest of the feed is not lost.
    private mutating func isSkipping(_ name: Component.Name) -> Bool {
        if name == .calendar || Self.standsAlone(name) { skippedDepth = 0 }
        return skippedDepth > 0
    }

    /// A calendar where there is none; a lenient reader takes a component on its own, too.
    private mutating func beginCalendar(
        _ name: Component.Name, line: Int, problems: inout Problems
    ) throws(ICalendarError) {
        if name != .calendar {
            try problems.report(unbalanced("BEGIN:\(name.text) outside of a calendar", line: line))
        }
        calendarCount += 1
        header = Properties()
        isHeaderRead = false
        parts = 0
        open.append(Open(name: .calendar, line: line))
    }

    private mutating func beginAnother(line: Int, problems: inout Problems) throws(ICalendarError) {
        try problems.report(unbalanced("BEGIN:VCALENDAR within a calendar", line: line))
        while !open.isEmpty { try close(problems: &problems) }
        try beginCalendar(.calendar, line: line, problems: &problems)
    }

    private mutating func end(_ name: Component.Name, line: Int, problems: inout Problems) throws(ICalendarError) {
        if isSkipping(name) { return skippedDepth -= 1 }
        guard let place = open.lastIndex(where: { $0.name == name }) else {
            return try problems.report(unbalanced("END:\(name.text) without its BEGIN", line: line))
        }
        while open.count > place + 1 {
            try problems.report(unbalanced("no END:\(open[open.count - 1].name.text)", line: line))
            try close(problems: &problems)
        }
        try close(problems: &problems)
    }

    /// Ends the innermost component.
    private mutating func close(problems: inout Problems) throws(ICalendarError) {
        guard let last = open.popLast() else { return }
        let component = Component(
            last.name, properties: Properties(read: last.properties), components: last.components)
        if open.isEmpty {
            readHeader(last.properties)
        }
        if problems.isStrict {
            let method = open.isEmpty ? component.properties.first(.method) : header.first(.method)
            if let error = ComponentRules.fault(of: component, hasMethod: method != nil) {
                throw error.at(line: last.line)
            }
        }
        switch open.count {
        case 0: break
        case 1:
            finished = component
            parts = 0
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

    /// Whether one more part is let in.
    private mutating func count(line: Int, problems: inout Problems) throws(ICalendarError) -> Bool {
        parts += 1
        guard parts > limits.partsPerComponent else { return true }
        if parts == limits.partsPerComponent + 1 {
            try problems.report(
                tooLarge("more than \(limits.partsPerComponent) parts in one component", line: line))
        }
        return false
    }

    private mutating func readHeader(_ properties: [Property]? = nil) {
        guard !isHeaderRead, let properties = properties ?? open.first?.properties else { return }
        header = Properties(read: properties)
        isHeaderRead = true
        parts = 0
    }

    /// The components that RFC 5545 §3.6 has directly in a calendar, and nowhere else.
    private static func standsAlone(_ name: Component.Name) -> Bool {
        [.event, .todo, .journal, .freeBusy, .timeZone].contains(name)
    }

    private func unbalanced(_ found: String, line: Int) -> ICalendarError {
        ICalendarError(
            code: .unbalanced, line: line, place: "calendar", found: found,
            next: "Give every BEGIN its END, within a VCALENDAR.")
    }

    private func tooLarge(_ found: String, line: Int) -> ICalendarError {
        ICalendarError(
            code: .tooLarge, line: line, place: "calendar", found: found,
            next: "Raise the limit if the calendar is to be trusted.")
    }
}
