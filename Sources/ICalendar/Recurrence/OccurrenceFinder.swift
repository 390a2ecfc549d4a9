/// Computes the occurrences of events, one UID at a time.
///
/// Each UID has a budget, and all of them together have one. What exceeds its own is refused, and the others are not affected. Those that need little
/// come first, so that a few that need much leave enough for them.
struct OccurrenceFinder {
    /// An event and its position among all.
    struct Numbered {
        let event: Event
        let position: Int
    }

    /// What the events of one UID have.
    struct Outcome {
        let events: [Numbered]
        var occurrences: [Occurrence] = []
        var problems: [EventProblem] = []
        /// Whether more dates and times had to be examined than allowed.
        var isExhausted = false

        /// The event to name: the series rather than an override.
        var main: Event { (events.first { $0.event.recurrenceID == nil } ?? events[0]).event }

        mutating func refuse(_ error: ICalendarError) {
            (occurrences, problems) = ([], [EventProblem(event: main, error: error.of(main))])
        }
    }

    /// By which number the work of one event is divided in each round.
    private static let divisors = [1000, 32, 1]

    let window: Range<Int64>
    let limits: OccurrenceLimits
    var clocks: Clocks
    private(set) var isComplete = true
    private var outcomes: [Outcome] = []
    private var total = 0
    /// The number of dates and times that may still be examined.
    private var workOfAll: Int
    /// The UID whose occurrences are being computed, and what may still be examined for it.
    var current = Outcome(events: [])
    var work = 0

    init(window: Range<Int64>, limits: OccurrenceLimits, clocks: Clocks) {
        self.window = window
        self.limits = limits
        self.clocks = clocks
        workOfAll = limits.work
    }

    mutating func find(_ events: [Event], _ zones: (String) -> TimeZoneRules?) {
        outcomes = Self.groups(events).map { Outcome(events: $0) }
        var open = Array(outcomes.indices)
        for divisor in Self.divisors {
            let share = limits.workOfEvent / divisor
            var postponed: [Int] = []
            for number in open where isComplete {
                let outcome = compute(outcomes[number].events, share, zones)
                // With all of its own budget, another round does not help.
                guard !outcome.isExhausted || divisor == 1 || workOfAll <= 0 else {
                    postponed.append(number)
                    continue
                }
                outcomes[number] = outcome
                total += outcome.occurrences.count
                if total > 2 * limits.occurrences { reduce() }
            }
            open = postponed
        }
        reduce()
    }

    /// Computes the occurrences of the events of one UID.
    private mutating func compute(
        _ events: [Numbered], _ share: Int, _ zones: (String) -> TimeZoneRules?
    ) -> Outcome {
        let budget = max(0, min(share, workOfAll))
        current = Outcome(events: events)
        work = budget
        do throws(ICalendarError) {
            try findOccurrences(of: events, zones)
        } catch {
            current.refuse(error)
        }
        workOfAll -= budget - work
        defer { current = Outcome(events: []) }
        return current
    }

    /// Refuses events that recur, those with the most occurrences first, until all together are within the limit.
    private mutating func reduce() {
        guard total > limits.occurrences else { return }
        let recurring = outcomes.indices.filter { outcomes[$0].occurrences.count > 1 }
            .sorted { (outcomes[$1].occurrences.count, $0) < (outcomes[$0].occurrences.count, $1) }
        for number in recurring where total > limits.occurrences {
            let count = outcomes[number].occurrences.count
            total -= count
            outcomes[number].refuse(
                limit(
                    "\(count) occurrences, the most of all events, which together have more than \(limits.occurrences)",
                    outcomes[number].main))
        }
        isComplete = total <= limits.occurrences
    }

    /// The occurrences by start, then by UID.
    func sorted() -> [Occurrence] {
        let named = outcomes.flatMap { outcome in
            let uid = outcome.occurrences.isEmpty ? "" : outcome.main.uid ?? ""
            return outcome.occurrences.map { (uid: uid, occurrence: $0) }
        }
        let sorted = named.enumerated().sorted { first, second in
            let (one, other) = (first.element.occurrence.start, second.element.occurrence.start)
            if one != other { return one < other }
            return (first.element.uid, first.offset) < (second.element.uid, second.offset)
        }
        return sorted.prefix(limits.occurrences).map(\.element.occurrence)
    }

    /// What could not be interpreted, in the order of the events.
    func problems() -> [EventProblem] { outcomes.flatMap(\.problems) }

    /// Groups events by UID; events without a UID are groups of their own.
    private static func groups(_ events: [Event]) -> [[Numbered]] {
        var groups: [[Numbered]] = []
        var indices: [String: Int] = [:]
        for (position, event) in events.enumerated() {
            let numbered = Numbered(event: event, position: position)
            if let uid = event.uid, let index = indices[uid] {
                groups[index].append(numbered)
            } else {
                if let uid = event.uid { indices[uid] = groups.count }
                groups.append([numbered])
            }
        }
        return groups
    }

    func limit(_ problem: String, _ event: Event) -> ICalendarError {
        ICalendarError(
            code: .tooLarge, location: "event “\(Token.printable(event.uid ?? event.summary ?? ""))”", problem: problem,
            next: "Correct the event, or remove it from the calendar; it is left out, and the others are not affected.")
    }
}
