/// Which properties a component must have, and which it may have but once (RFC 5545 §3.6).
enum ComponentRules {
    /// The first broken rule; nil for a component without fault, or of a kind without rules here.
    static func fault(of component: Component, hasMethod: Bool) -> ICalendarError? {
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
        if let fault = counts(event, one: needed, most: single) { return fault }
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

    /// Two properties that come together or not at all.
    private static func both(
        _ component: Component, _ first: PropertyName, _ second: PropertyName
    ) -> ICalendarError? {
        guard (component.properties.first(first) == nil) != (component.properties.first(second) == nil) else {
            return nil
        }
        return error(component, "only one of \(first.text) and \(second.text)")
    }

    private static func error(_ component: Component, _ found: String) -> ICalendarError {
        ICalendarError(
            code: .brokenRule, place: component.name.text, found: found, next: "Write it as RFC 5545 §3.6 says.")
    }
}
