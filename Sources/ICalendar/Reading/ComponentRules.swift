/// Which properties a component must have, and which may occur only once (RFC 5545 §3.6).
enum ComponentRules {
    /// The first violation; nil if there is none or the kind of component has no rules here.
    static func problem(in component: Component, hasMethod: Bool) -> ICalendarError? {
        switch component.name {
        case .calendar:
            if component.properties.text(.version) != "2.0" { return error(component, "VERSION that is not 2.0") }
            return counts(
                component, one: [.version, .prodID], most: [.calscale, .method, .lastModified, .url, .source])
        case .event: return event(component, hasMethod: hasMethod)
        case .alarm:
            return counts(component, one: [.action, .trigger], most: [.duration, .repetitions, .summary])
                ?? both(component, .duration, .repetitions)
        case .timeZone:
            let isEmpty = !component.components.contains { $0.name == .standard || $0.name == .daylight }
            return isEmpty
                ? error(component, "no STANDARD or DAYLIGHT") : counts(component, one: [.tzid], most: [.lastModified])
        case .standard, .daylight: return counts(component, one: [.dtstart, .tzoffsetfrom, .tzoffsetto], most: [])
        case .todo, .journal, .freeBusy: return counts(component, one: [.uid, .dtstamp], most: [.dtstart, .organizer])
        default: return nil
        }
    }

    private static func event(_ event: Component, hasMethod: Bool) -> ICalendarError? {
        let needed: [PropertyName] = hasMethod ? [.uid, .dtstamp] : [.uid, .dtstamp, .dtstart]
        let single: [PropertyName] = [
            .dtstart, .dtend, .duration, .classification, .created, .description, .geo, .lastModified, .location,
            .organizer, .priority, .recurrenceID, .sequence, .status, .summary, .transparency, .url, .color,
        ]
        if let problem = counts(event, one: needed, most: single) { return problem }
        guard event.properties.first(.dtend) == nil || event.properties.first(.duration) == nil else {
            return error(event, "both DTEND and DURATION")
        }
        return nil
    }

    private static func counts(
        _ component: Component, one: [PropertyName], most: [PropertyName]
    ) -> ICalendarError? {
        for name in one where component.properties.first(name) == nil { return error(component, "no \(name.text)") }
        for name in one + most where component.properties.all(name).count > 1 {
            return error(component, "\(name.text) more than once")
        }
        return nil
    }

    /// Checks two properties of which the component must have both or neither.
    private static func both(
        _ component: Component, _ first: PropertyName, _ second: PropertyName
    ) -> ICalendarError? {
        guard (component.properties.first(first) == nil) != (component.properties.first(second) == nil) else {
            return nil
        }
        return error(component, "only one of \(first.text) and \(second.text)")
    }

    private static func error(_ component: Component, _ problem: String) -> ICalendarError {
        ICalendarError(
            code: .brokenRule, location: component.name.text, problem: problem, next: "See RFC 5545 §3.6.")
    }
}
