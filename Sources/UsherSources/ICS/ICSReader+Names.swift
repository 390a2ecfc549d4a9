internal import ICalendar
internal import UsherModel

extension ICSReader {
    /// An occurrence with the key of its session; nil for a whole day, and for an event without a UID, which are none.
    struct Named {
        let occurrence: Occurrence
        let key: SessionKey?
        /// The position of its event in the calendar.
        let position: Int
    }

    /// How far around the window an occurrence is looked for that is remembered and not in it: its series may have moved by months.
    private static let reach = Duration.seconds(400 * 86_400)

    /// The occurrences, each with the name by which it is remembered.
    ///
    /// - Parameters:
    ///   - occurrences: Those in the window.
    ///   - calendar: The calendar that has them.
    ///   - window: The window.
    ///   - known: Sessions that are listed wherever they are.
    ///   - remembered: What the ledger holds.
    /// - Returns: Those in the window, and those that have left it and are known, by start and UID.
    func named(
        _ occurrences: [Occurrence], of calendar: ICalendar.Calendar, window: Window, known: Set<SessionKey>,
        remembered: [SessionMemory]
    ) -> [Named] {
        var result = occurrences.filter { $0.isWholeDay || $0.event.uid == nil }.map {
            Named(occurrence: $0, key: nil, position: $0.position)
        }
        let timed = Dictionary(grouping: occurrences.filter { !$0.isWholeDay && $0.event.uid != nil }) {
            $0.event.uid ?? ""
        }
        let memories = Dictionary(grouping: remembered) { $0.session.key.event.rawValue }
        var events: [String: [(offset: Int, element: ICalendar.Event)]]?
        for uid in Set(timed.keys).union(memories.keys) {
            let (own, memories) = (timed[uid] ?? [], memories[uid] ?? [])
            let names = names(own, memories, window)
            let near = zip(own, names.ids).map { named($0, $1, uid, at: $0.position) }
            guard names.lacking > 0 else {
                result += near
                continue
            }
            events = events ?? Dictionary(grouping: calendar.events.enumerated()) { $0.element.uid ?? "" }
            let same = events?[uid] ?? []
            let around = occurrencesAround(window, of: same.map(\.element), in: calendar)
            let wide = self.names(around, memories, window, isWide: true)
            guard wide.lacking < names.lacking else {
                result += near
                continue
            }
            result += zip(around, wide.ids).map { named($0, $1, uid, at: same[$0.position].offset) }.filter { named in
                Self.isIn(window, named.occurrence) || named.key.map(known.contains) ?? false
            }
        }
        return result.enumerated().sorted { left, right in
            let (one, other) = (left.element.occurrence, right.element.occurrence)
            return (one.start, one.event.uid ?? "", left.offset) < (other.start, other.event.uid ?? "", right.offset)
        }.map(\.element)
    }

    private func named(_ occurrence: Occurrence, _ id: SessionID, _ uid: String, at position: Int) -> Named {
        Named(
            occurrence: occurrence, key: SessionKey(event: EventID(rawValue: uid), session: id), position: position)
    }

    private func names(
        _ occurrences: [Occurrence], _ memories: [SessionMemory], _ window: Window, isWide: Bool = false
    ) -> OccurrenceNames {
        let items = occurrences.map {
            OccurrenceNames.Item(original: $0.original.map(Self.instant), start: Self.instant($0.start))
        }
        return OccurrenceNames(items, memories, window: window, isWide: isWide) { instant(of: $0) }
    }

    private func occurrencesAround(
        _ window: Window, of events: [ICalendar.Event], in calendar: ICalendar.Calendar
    ) -> [Occurrence] {
        let wide = Window(from: window.from - Self.reach, until: window.until + Self.reach)
        // What cannot be read was said of the window already.
        return Occurrences(
            of: events, timeZones: calendar.components.filter { $0.name == .timeZone }, in: Self.range(wide),
            floating: rules(floating) ?? .utc, limits: Self.limits
        ) { rules($0) }.elements.filter { !$0.isWholeDay }
    }

    private static func isIn(_ window: Window, _ occurrence: Occurrence) -> Bool {
        let range = range(window)
        return occurrence.start < range.upperBound
            && (occurrence.end > range.lowerBound
                || occurrence.start == occurrence.end && occurrence.start >= range.lowerBound)
    }

    private static func instant(_ time: UTCDateTime) -> Instant { Instant(secondsSince1970: time.secondsSince1970) }

    /// The instant that an id states, also in the forms of earlier versions: `2026-12-09T14:00:00Z`, and as the feed wrote it then,
    /// `2026-12-09T15:00:00 Europe/Berlin` or `2026-12-09T15:00:00`.
    private func instant(of id: SessionID) -> Instant? {
        let parts = id.rawValue.split(separator: " ", maxSplits: 1)
        guard let text = parts.first, let time = Timestamp(String(text)) else { return nil }
        // A number may follow an instant.
        if let instant = time.instant { return instant }
        guard let rules = rules(parts.count > 1 ? String(parts[1]) : floating) else { return nil }
        return Self.instant(rules.utc(of: LocalDateTime(clampingWallSeconds: time.civil.secondsOnClock)))
    }
}

extension Occurrence {
    /// Whether it is of whole days, and so has no time to join.
    var isWholeDay: Bool {
        if case .date = time { true } else { false }
    }
}
