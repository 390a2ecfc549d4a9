internal import ICalendar
internal import UsherModel

extension ICSReader {
    /// What to say of a calendar that departs from the RFC and was understood all the same.
    static func remarks(on calendar: ICalendar.Calendar) -> [String] {
        var remarks: [String] = []
        let misspelled = calendar.events.filter(\.hasMisspelledStatus)
        if let first = misspelled.first {
            remarks.append(
                "\(events(misspelled.count)) with STATUS:CANCELED (\(title(first))), read as CANCELLED, as RFC 5545 spells it"
            )
        }
        return remarks
    }

    /// The zone that a calendar names for its times without one: X-WR-TIMEZONE, which many programs write; TIMEZONE-ID, which some do.
    static func floatingZone(of calendar: ICalendar.Calendar) -> String? {
        let other = calendar.properties.first { $0.name.text == "TIMEZONE-ID" }
        var zone = calendar.displayTimeZone
        if zone == nil, case .text(let text)? = other?.value { zone = text }
        return zone.flatMap { $0.isEmpty ? nil : Line(cleaning: $0).text }
    }

    /// What to say where times without a zone are read in the one that the calendar names, or cannot be.
    static func remark(onZone zone: String, isKnown: Bool, of calendar: ICalendar.Calendar) -> [String] {
        let floating = calendar.events.filter { event in
            if case .floating? = event.start { true } else { false }
        }
        guard let first = floating.first else { return [] }
        let name = "\"\(String(zone.prefix(60)))\""
        return [
            isKnown
                ? "\(events(floating.count)) without a time zone (\(title(first))) read in \(name), the zone that the calendar names; time-zone in the job file states another"
                : "\(events(floating.count)) without a time zone (\(title(first))) read in UTC, since the calendar's zone \(name) is unknown: state time-zone in the job file"
        ]
    }

    /// `1 event`, `3 events`.
    static func events(_ count: Int) -> String { count == 1 ? "1 event" : "\(count) events" }

    /// The title of an event in quotation marks, or else its UID.
    static func title(_ event: ICalendar.Event) -> String {
        let title = event.summary ?? event.uid ?? ""
        return "\"\(Line(cleaning: String(title.prefix(80))).text)\""
    }
}
