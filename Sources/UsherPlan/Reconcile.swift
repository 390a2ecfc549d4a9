package import UsherModel

/// Compares what a source lists with what the ledger remembers: revisions, cancellations, disappearances.
package enum Reconcile {
    /// Known sessions that should have been listed and were not, in key order.
    ///
    /// A session counts as known while it is not canceled and has not ended. An incomplete listing proves nothing, nor does
    /// a listing that had a problem with the session or with its event.
    package static func missing(
        from listing: Listing, known: [SessionKey: SessionMemory], window: Window, now: Instant
    ) -> [SessionKey] {
        guard listing.isComplete else { return [] }
        let listed = Set(listing.sessions.map(\.key))
        let doubtful = Doubts(listing.problems)
        return known.values
            .filter { isExpected($0, window: window, now: now) }
            .map(\.session.key)
            .filter { !listed.contains($0) && !doubtful.cover($0) }
            .sorted()
    }

    /// Works out what the ledger is to remember of each session from now on, and what is news.
    ///
    /// - Parameters:
    ///   - listing: What the source lists.
    ///   - probes: A direct look at each session of ``missing(from:known:window:now:)``; a session without one is left alone.
    ///   - known: What the ledger remembers.
    ///   - now: The time of this run.
    /// - Returns: Only what differs from `known`: recording it twice changes nothing.
    package static func revise(
        _ listing: Listing, probes: [SessionKey: Probe], known: [SessionKey: SessionMemory], now: Instant
    ) -> Reconciliation {
        var result = Reconciliation()
        for session in listing.sessions {
            result.see(session, known: known[session.key], now: now)
        }
        for (key, probe) in probes.sorted(by: { $0.key < $1.key }) {
            guard let memory = known[key] else { continue }
            switch probe {
            case .present(let session): result.see(session, known: memory, now: now)
            case .gone: result.miss(memory, now: now)
            case .unknown: result.lose(memory)
            }
        }
        return result
    }

    static func isExpected(_ memory: SessionMemory, window: Window, now: Instant) -> Bool {
        memory.session.status != .canceled && memory.session.end > now && window.contains(memory.session)
    }
}

/// What a reconciliation found.
package struct Reconciliation: Hashable, Sendable {
    /// What the ledger is to remember, where it differs from what it remembers now.
    package private(set) var changes: [SessionMemory] = []
    /// What is worth telling a person.
    package private(set) var news: [SessionNews] = []

    /// The source shows the session as it is now.
    fileprivate mutating func see(_ session: Session, known: SessionMemory?, now: Instant) {
        guard let known else {
            guard session.status != .draft else { return }
            changes.append(SessionMemory(session: session, revision: 0, revisedAt: now, firstSeenAt: now))
            news.append(SessionNews(session: session, kind: .new))
            return
        }
        var memory = known
        (memory.missingRuns, memory.missingAt) = (0, nil)
        memory.session = session
        if session.fingerprint != known.session.fingerprint {
            revise(&memory, from: known, now: now)
        }
        if memory != known { changes.append(memory) }
    }

    /// A direct look proved that the session is gone; it is canceled the second time, in a later run.
    fileprivate mutating func miss(_ known: SessionMemory, now: Instant) {
        var memory = known
        if let last = known.missingAt, now <= last { return }
        (memory.missingRuns, memory.missingAt) = (known.missingRuns + 1, now)
        guard memory.missingRuns >= 2 else {
            news.append(SessionNews(session: known.session, kind: .missing))
            return changes.append(memory)
        }
        memory.session.status = .canceled
        revise(&memory, from: known, now: now)
        changes.append(memory)
    }

    /// Nothing could be known: two looks with such a run between them are not two in a row.
    fileprivate mutating func lose(_ known: SessionMemory) {
        guard known.missingRuns > 0 else { return }
        var memory = known
        (memory.missingRuns, memory.missingAt) = (0, nil)
        changes.append(memory)
    }

    private mutating func revise(_ memory: inout SessionMemory, from known: SessionMemory, now: Instant) {
        memory.revision = known.revision + 1
        memory.revisedAt = max(now, known.revisedAt)
        let isRestored = known.session.status == .canceled && memory.session.status == .published
        if isRestored { memory.restoredRevision = memory.revision }
        let kind: SessionNews.Kind =
            isRestored ? .restored : memory.session.status == .canceled ? .canceled : .revised(from: known.session)
        news.append(SessionNews(session: memory.session, kind: kind))
    }
}

/// One thing worth telling a person about a session.
package struct SessionNews: Hashable, Sendable {
    /// What happened.
    package enum Kind: Hashable, Sendable {
        /// First seen.
        case new
        /// Start, end, subject, link or status changed.
        case revised(from: Session)
        /// Canceled, or gone for good.
        case canceled
        /// On again after it was canceled.
        case restored
        /// No longer there; counts as canceled if it is still gone in the next run.
        case missing
    }

    /// The session as it is now.
    package let session: Session
    /// What happened.
    package let kind: Kind
}

/// Sessions and events of which a listing says that something was wrong with them.
private struct Doubts {
    private let sessions: Set<SessionKey>
    private let events: Set<EventID>
    private let everything: Bool

    init(_ problems: [RecordProblem]) {
        let refused = problems.filter { $0.effect == .refused }
        sessions = Set(refused.compactMap(\.session))
        events = Set(refused.filter { $0.session == nil }.compactMap(\.event))
        everything = refused.contains { $0.session == nil && $0.event == nil }
    }

    func cover(_ key: SessionKey) -> Bool { everything || sessions.contains(key) || events.contains(key.event) }
}
