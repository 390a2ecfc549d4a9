internal import UsherModel

/// Gives the occurrences of one event the ids by which the ledger remembers them, and new ones to the others.
///
/// An occurrence is its event and its original instant, however a feed writes that: in UTC, as a date, in a zone under one of its names. So
/// ids are compared as instants, and one that is remembered is kept as it was written. An instant that is no longer among the originals
/// may have moved with its series; the occurrences that are left on both sides are then paired in their order, so that together they move
/// least. Where part of a series is as it was, only those are paired that moved by less than the time between two occurrences: what is
/// further apart was deleted, and something else is new.
///
/// No name depends on SEQUENCE: many programs do not count it.
struct OccurrenceNames {
    /// The id of an event that does not recur.
    static let once = SessionID(rawValue: "once")

    /// An occurrence as the feed has it now.
    struct Item {
        /// The start by the rules of the series; nil for an event that does not recur.
        let original: Instant?
        /// The start.
        let start: Instant
    }

    /// The id of each item, in their order.
    private(set) var ids: [SessionID] = []
    /// How many occurrences in the window that are remembered are none of the items.
    private(set) var lacking = 0

    private let items: [Item]
    private let window: Window
    private let isWide: Bool
    private let remembered: [Remembered]
    private var found: [Remembered?]
    private var isUsed: [Bool]

    /// A session of the event in the ledger.
    private struct Remembered {
        let index: Int
        let id: SessionID
        let original: Instant
        let start: Instant
        let isCanceled: Bool
        let isInWindow: Bool
    }

    /// Names occurrences.
    ///
    /// - Parameters:
    ///   - items: The occurrences that the feed has.
    ///   - memories: The sessions of the event in the ledger.
    ///   - window: The window in which sessions are expected.
    ///   - isWide: Whether the items reach far beyond the window.
    ///   - instant: The instant that an id states; nil where that is not known.
    init(
        _ items: [Item], _ memories: [SessionMemory], window: Window, isWide: Bool = false,
        instant: (SessionID) -> Instant?
    ) {
        (self.items, self.window, self.isWide) = (items, window, isWide)
        // What is missing, and what an earlier version replaced under another spelling, gives way.
        let ordered = memories.sorted {
            ($0.missingRuns, $1.firstSeenAt, $0.session.key) < ($1.missingRuns, $0.firstSeenAt, $1.session.key)
        }
        remembered = ordered.enumerated().map { index, memory in
            let session = memory.session
            return Remembered(
                index: index, id: session.key.session,
                original: session.originalStart ?? instant(session.key.session) ?? session.start,
                start: session.start, isCanceled: session.status == .canceled, isInWindow: window.contains(session))
        }
        found = Array(repeating: nil, count: items.count)
        isUsed = Array(repeating: false, count: remembered.count)
        recognize { !$0.isCanceled }
        recognizeSingle()
        recognize { $0.isCanceled }
        pairMoved()
        lacking = remembered.count { !isUsed[$0.index] && !$0.isCanceled && $0.isInWindow }
        assign()
    }

    /// Finds the occurrences whose original instant is remembered.
    private mutating func recognize(where isConsidered: (Remembered) -> Bool) {
        let candidates = remembered.filter { !isUsed[$0.index] && isConsidered($0) }
        let byInstant = Dictionary(candidates.map { ($0.original, $0) }) { first, _ in first }
        for (index, item) in items.enumerated() where found[index] == nil {
            guard let match = byInstant[item.original ?? item.start], !isUsed[match.index] else { continue }
            use(match, for: index)
        }
    }

    /// An event that does not recur is the one that did not recur before, wherever it has moved.
    private mutating func recognizeSingle() {
        guard items.count == 1, items[0].original == nil, found[0] == nil,
            let single = remembered.first(where: { $0.id == Self.once && !isUsed[$0.index] })
        else { return }
        use(single, for: 0)
    }

    private mutating func pairMoved() {
        var limit = found.allSatisfy { $0 == nil } ? nil : leastGap
        let old = remembered.filter { !isUsed[$0.index] && !$0.isCanceled && $0.isInWindow }
            .sorted { ($0.start, $0.index) < ($1.start, $1.index) }
        var new = items.indices.filter { found[$0] == nil }.sorted { (items[$0].start, $0) < (items[$1].start, $1) }
        guard !old.isEmpty, !new.isEmpty else { return }
        if isWide, limit == nil {
            // A series that moved out of the window has as many occurrences as before; one that goes on for ever proves nothing far away.
            let coming = new.filter { items[$0].start >= window.from }
            if coming.count == old.count { new = coming } else { limit = leastGap }
        }
        let pairs = OrderedPairs.find(
            old.map(\.start.secondsSince1970), new.map { items[$0].start.secondsSince1970 },
            limit: limit)
        for pair in pairs { use(old[pair.old], for: new[pair.new]) }
    }

    /// The shortest time between two occurrences, of those remembered or of those listed: whichever is longer.
    private var leastGap: Int64 {
        let listed = items.map { ($0.original ?? $0.start).secondsSince1970 }
        return [listed, remembered.filter { !$0.isCanceled }.map(\.original.secondsSince1970)].compactMap { times in
            let sorted = times.sorted()
            return zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.min()
        }.max() ?? .max
    }

    private mutating func use(_ memory: Remembered, for index: Int) {
        found[index] = memory
        isUsed[memory.index] = true
    }

    /// A new id is the original instant; where that is the id of another occurrence, which was there before its series moved, it has a number.
    private mutating func assign() {
        var taken = Set(remembered.map(\.id))
        ids = items.indices.map { index in
            if let memory = found[index] { return memory.id }
            let plain = items[index].original.map { SessionID(rawValue: $0.description) } ?? Self.once
            var (id, number) = (plain, 2)
            while !taken.insert(id).inserted {
                id = SessionID(rawValue: "\(plain) \(number)")
                number += 1
            }
            return id
        }
    }
}

/// Pairs times with later ones in their order.
enum OrderedPairs {
    /// Beyond this many comparisons, which no calendar made by people needs, times are paired one by one.
    private static let mostComparisons = 1_000_000
    /// More than any time between two occurrences, and little enough to be added a thousand times.
    private static let prohibitive: Int64 = 1 << 50

    /// Finds pairs that are in the same order on both sides.
    ///
    /// - Parameters:
    ///   - old: Sorted times.
    ///   - new: Sorted times.
    ///   - limit: The most by which the times of a pair differ, exclusive; nil for any difference, and then the shorter list is paired wholly.
    /// - Returns: The positions in both lists of those pairs whose differences add up to the least.
    static func find(_ old: [Int64], _ new: [Int64], limit: Int64?) -> [(old: Int, new: Int)] {
        let (rows, columns) = (old.count, new.count)
        guard rows * columns <= mostComparisons else {
            return limit == nil ? (0..<min(rows, columns)).map { ($0, $0) } : []
        }
        let skip = min(limit ?? prohibitive, prohibitive)
        let skipOld = limit == nil && rows > columns ? 0 : skip
        let skipNew = limit == nil && columns > rows ? 0 : skip
        var cost = [Int64](repeating: 0, count: (rows + 1) * (columns + 1))
        func at(_ row: Int, _ column: Int) -> Int { row * (columns + 1) + column }
        for row in 0...rows {
            for column in 0...columns where row + column > 0 {
                var best = Int64.max
                if row > 0 { best = cost[at(row - 1, column)] + skipOld }
                if column > 0 { best = min(best, cost[at(row, column - 1)] + skipNew) }
                if row > 0, column > 0 {
                    // Twice the difference against skipping both: a pair is worth it below the limit.
                    best = min(best, cost[at(row - 1, column - 1)] + 2 * abs(old[row - 1] - new[column - 1]))
                }
                cost[at(row, column)] = best
            }
        }
        var pairs: [(old: Int, new: Int)] = []
        var (row, column) = (rows, columns)
        while row > 0, column > 0 {
            let here = cost[at(row, column)]
            if here == cost[at(row - 1, column)] + skipOld {
                row -= 1
            } else if here == cost[at(row, column - 1)] + skipNew {
                column -= 1
            } else {
                (row, column) = (row - 1, column - 1)
                pairs.append((row, column))
            }
        }
        return pairs.reversed()
    }
}
