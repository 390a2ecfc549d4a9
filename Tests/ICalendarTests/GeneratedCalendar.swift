import ICalendar

/// Generates calendars from a seed, with all types of values, parameters and nested components.
///
/// The values are as a reader returns them, so that they can be compared: no control characters, LF as line break.
struct CalendarGenerator {
    var random: Seeded

    init(seed: Int) {
        random = Seeded(state: UInt64(seed))
    }

    mutating func calendar() throws -> Calendar {
        var calendar = Calendar(prodID: text(), method: one(3) ? .publish : nil)
        if one(2) { calendar.name = text() }
        if one(2) { calendar.refreshInterval = duration(isNegative: false) }
        try addAny(to: &calendar.properties)
        var components: [Component] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            components.append(one(5) ? try other(depth: 1) : try event())
        }
        calendar.components = components
        return calendar
    }

    private mutating func event() throws -> Component {
        var event = Event(uid: text(), stamp: instant(), start: time(), summary: one(2) ? text() : nil)
        if one(2) { event.end = time() } else if one(2) { event.duration = duration(isNegative: false) }
        if one(3) { event.description = text() }
        if one(3) { event.url = uri() }
        if one(3) { event.categories = texts() }
        if one(3) { event.coordinates = Coordinates(latitude: number(), longitude: number()) }
        if one(3) { event.sequence = Int.random(in: .min ... .max, using: &random) }
        if one(3) { event.htmlDescription = text() }
        if one(3) {
            event.recurrenceRule = try RandomRule.make(&random).rule
            event.properties.append(Property(.exdate, one(2) ? dateTime() : .list([dateTime(), dateTime()])))
            event.properties.append(Property(.rdate, .list([period(), period()])))
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) { try add(to: &event) }
        try addAny(to: &event.properties)
        return event.component
    }

    private mutating func add(to event: inout Event) throws {
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            var attendee = Attendee(CalendarAddress(uri: uri()), name: text())
            (attendee.role, attendee.rsvp, attendee.kind) = (.chair, Bool.random(using: &random), .room)
            event.attendees.append(attendee)
        case 1: event.conferences.append(Conference(uri: uri(), features: [.audio, .video], label: text()))
        case 2:
            event.images.append(
                Image(one(2) ? .uri(uri()) : .octets(octets()), displays: [.badge], mediaType: "image/png"))
        case 3:
            event.structuredData.append(StructuredData(.text(text()), mediaType: "application/ld+json", schema: uri()))
        case 4: event.alarms.append(Alarm(display: text(), trigger: one(2) ? .at(instant()) : .fromEnd(duration())))
        default: event.participants.append(Participant(uid: text(), kind: .speaker, name: text()))
        }
    }

    private mutating func other(depth: Int) throws -> Component {
        var component = Component(try Component.Name("X-C\(depth)"))
        try addAny(to: &component.properties)
        if depth < 5, one(2) { component.components = [try other(depth: depth + 1), try other(depth: depth + 1)] }
        return component
    }

    private mutating func addAny(to properties: inout Properties) throws {
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let name = try PropertyName("X-\(Int.random(in: 0..<9, using: &random))")
            properties.append(Property(name, value(), parameters()))
        }
    }

    private mutating func parameters() -> [Parameter] {
        let names: [Parameter.Name] = [.cn, .label, .altrep, .member, .language]
        return names.shuffled(using: &random).prefix(Int.random(in: 0...2, using: &random)).map { name in
            Parameter(name, values: one(3) ? [text(), text()] : [text()])
        }
    }

    /// A value as the reader returns it for an unrecognized property.
    private mutating func value() -> Value {
        switch Int.random(in: 0..<16, using: &random) {
        case 0: .uri(uri())
        case 1: .calendarAddress(CalendarAddress(uri: uri()))
        case 2: dateTime()
        case 3: .date(CivilDate(clampingDays: seconds() / 86_400))
        case 4: .duration(duration())
        case 5: period()
        case 6: .integer(Int.random(in: .min ... .max, using: &random))
        case 7: .float(number())
        case 8: .boolean(Bool.random(using: &random))
        case 9: .binary(octets())
        case 10: .utcOffset(seconds: Int.random(in: -86_399...86_399, using: &random))
        case 11: .list([.integer(1), .integer(-1), .integer(0)])
        case 12: .list([dateTime(), dateTime()])
        case 13: .raw("a;b,c\\x\"", type: nil)
        case 14: .raw(uri(), type: "X-TYPE")
        default: .text(text())
        }
    }

    private mutating func one(_ chance: Int) -> Bool { Int.random(in: 0..<chance, using: &random) == 0 }

    private mutating func seconds() -> Int64 {
        Int64.random(in: -62_135_596_800...253_402_300_799, using: &random)
    }

    private mutating func instant() -> UTCDateTime { UTCDateTime(clamping: seconds()) }

    private mutating func dateTime() -> Value {
        one(2) ? .utcDateTime(instant()) : .localDateTime(LocalDateTime(clampingWallSeconds: seconds()))
    }

    private mutating func period() -> Value {
        let start = UTCDateTime(clamping: seconds())
        if one(2) { return .period(Period(start: .utc(start), end: .time(.utc(instant())))) }
        let wall = LocalDateTime(clampingWallSeconds: seconds())
        return .period(Period(start: .local(wall), end: .duration(duration(isNegative: false))))
    }

    private mutating func time() -> EventTime {
        let wall = LocalDateTime(clampingWallSeconds: seconds())
        return switch Int.random(in: 0..<4, using: &random) {
        case 0: .utc(instant())
        case 1: .zoned(wall, zone: "Europe/Berlin")
        case 2: .floating(wall)
        default: .date(wall.date)
        }
    }

    private mutating func duration(isNegative: Bool? = nil) -> CalendarDuration {
        CalendarDuration(
            days: UInt.random(in: 0...40, using: &random),
            seconds: one(2) ? 0 : UInt.random(in: 0...200_000, using: &random),
            isNegative: isNegative ?? one(2))
    }

    private mutating func number() -> Double {
        one(2)
            ? Double.random(in: -180...180, using: &random)
            : [0, 1e-9, -2.5e20, .leastNonzeroMagnitude, 1.5, -7][Int.random(in: 0..<6, using: &random)]
    }

    private mutating func octets() -> [UInt8] {
        (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func texts() -> [String] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in text() }
    }

    private mutating func uri() -> String {
        "https://example.com/"
            + (0..<Int.random(in: 0...80, using: &random)).map { _ in
                ["a", ",", ";", "%2C", "?", "=", "é", "\\", "^", "'"].randomElement(using: &random) ?? ""
            }.joined()
    }

    private mutating func text() -> String {
        let atoms = [
            "a", "Z", " ", ",", ";", ":", "\\", "\"", "^", "'", "=", "\n", "\t", "é", "日", "🎉", "👩‍👩‍👧", "e\u{301}",
            "\u{85}",
            "\u{2028}", "\u{FEFF}", "\\n", "^n", "BEGIN:VEVENT", "%0A", "\u{10FFFF}",
        ]
        let longest = [3, 30, 200].randomElement(using: &random) ?? 3
        return (0..<Int.random(in: 0...longest, using: &random)).map { _ in atoms.randomElement(using: &random) ?? "" }
            .joined()
    }
}
