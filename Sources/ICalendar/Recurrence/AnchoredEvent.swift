/// An event with its start and the rules of its time zone.
struct AnchoredEvent {
    /// The duration of an event.
    ///
    /// RFC 5545 §3.8.5.3: with DTEND, the exact duration of each occurrence is the same; with DURATION, the nominal
    /// one.
    enum Length {
        case exact(Int64)
        case nominal(CalendarDuration)
    }

    let event: Event
    /// Its position among the events whose occurrences are looked for.
    let position: Int
    let time: EventTime
    let clock: TimeZoneRules
    let start: Int64
    let length: Length

    /// The start and end, in UTC seconds, of an occurrence with this local start.
    func span(atWall wall: Int64) -> (start: Int64, end: Int64) {
        let start = clock.utc(ofLocalSeconds: wall).utcSeconds
        return (start, end(atWall: wall, start: start))
    }

    /// The instant of a RECURRENCE-ID, in UTC seconds.
    ///
    /// A date where a time is expected is the occurrence on that day, at this event's time of day.
    func instant(of id: EventTime, on clock: TimeZoneRules) -> Int64 {
        guard id.isDate, !time.isDate else { return clock.utc(ofLocalSeconds: id.wallSeconds).utcSeconds }
        let timeOfDay = Gregorian.floorDivide(time.wallSeconds, Gregorian.secondsPerDay).remainder
        return self.clock.utc(ofLocalSeconds: id.wallSeconds + timeOfDay).utcSeconds
    }

    func end(atWall wall: Int64, start: Int64) -> Int64 {
        switch length {
        case .exact(let seconds): return start.saturatingAdd(seconds)
        case .nominal(let duration):
            guard !duration.isNegative else { return start }
            let days = Int64(clamping: duration.days).clamped(to: 0...4_000_000)
            let seconds = Int64(clamping: duration.seconds)
            let end =
                days == 0 ? start : clock.utc(ofLocalSeconds: wall + days * Gregorian.secondsPerDay).utcSeconds
            return end.saturatingAdd(seconds)
        }
    }
}
