/// Start and end of a session as a person reads them, in one zone and one language.
struct SessionTimes: Sendable {
    let date: String
    let shortDate: String
    let day: String
    let month: String
    let weekday: String
    let start: String
    let end: String
    /// Nil if the session ends on the day on which it starts.
    let endDate: String?
    let zone: String
    let zoneName: String
    let offset: String
    let startUTC: String
    /// RFC 3339 on the clock of the zone.
    let startISO: String
    let endISO: String
    /// Nil once the session has started, and where nobody asks.
    let startsIn: String?

    static let schema = Schema<SessionTimes>([
        .text("date", "Wednesday, December 9, 2026", "") { $0.date },
        .text("shortDate", "Dec 9, 2026", "") { $0.shortDate },
        .text("day", "9", "") { $0.day },
        .text("month", "Dec", "") { $0.month },
        .text("weekday", "Wed", "") { $0.weekday },
        .text("start", "3:00 PM", "") { $0.start },
        .text("end", "4:00 PM", "") { $0.end },
        .text("endDate", "Thursday, December 10, 2026", "only if it ends on another day") { $0.endDate },
        .text("zone", "Europe/Berlin", "") { $0.zone },
        .text("zoneName", "CET", "the offset where the zone has no abbreviation") { $0.zoneName },
        .text("offset", "UTC+01:00", "") { $0.offset },
        .text("startUtc", "14:00 UTC", "") { $0.startUTC },
        .text("startIso", "2026-12-09T15:00:00+01:00", "RFC 3339") { $0.startISO },
        .text("endIso", "2026-12-09T16:00:00+01:00", "RFC 3339") { $0.endISO },
        .text("startsIn", "24 hours", "no value once it has started") { $0.startsIn },
    ])
}
