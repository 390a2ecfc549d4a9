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

    /// `1 event`, `3 events`.
    static func events(_ count: Int) -> String { count == 1 ? "1 event" : "\(count) events" }

    /// The title of an event in quotation marks, or else its UID.
    static func title(_ event: ICalendar.Event) -> String {
        let title = event.summary ?? event.uid ?? ""
        return "\"\(Line(cleaning: String(title.prefix(80))).text)\""
    }
}
