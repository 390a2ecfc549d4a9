package import UsherModel

/// Compares what a source lists with what the ledger remembers: revisions, cancellations, disappearances.
package enum Reconcile {
    /// The remembered sessions that should have been listed and were not, in key order.
    ///
    /// A canceled session, or one that has ended, is not expected. A part that was not read proves nothing about the sessions in it, nor does
    /// a listing that had a problem with the session or with its event. A canceled event says itself what its sessions are.
    package static func missing(
        from listing: Listing, known: [SessionKey: SessionMemory], window: Window, now: Instant
    ) -> [SessionKey] {
        let listed = Set(listing.sessions.map(\.key))
        let doubtful = Doubts(listing.problems)
        return known.values
            .filter { isExpected($0, window: window, now: now) && !listing.mayHide($0.session) }
            .map(\.session)
            .filter { !listing.canceledEvents.contains($0.key.event) }
            .filter { !listed.contains($0.key) && !doubtful.cover($0) }
            .map(\.key)
            .sorted()
    }

    /// Works out what the ledger must store about each session from now on, and what to report to a person.
    ///
    /// - Parameters:
    ///   - listing: What the source lists.
    ///   - probes: The result of looking up each session of ``missing(from:known:window:now:)`` directly; a session without one is left alone.
    ///   - held: The sessions because of which a guard waits for a person: nothing of them leaves meanwhile.
    ///   - published: The revisions from which sessions go on that an earlier ledger has published.
    ///   - known: What the ledger remembers.
    ///   - now: The time of this run.
    /// - Returns: Only what differs from `known`, so that recording it twice changes nothing.
    package static func revise(
        _ listing: Listing, probes: [SessionKey: Probe], held: [SessionKey] = [],
        published: [SessionKey: Int] = [:], known: [SessionKey: SessionMemory], now: Instant
    ) -> Reconciliation {
        var result = Reconciliation()
        for key in held { known[key].map { result.hold($0) } }
        for session in listing.sessions {
            result.see(session, known: known[session.key], published: published[session.key], now: now)
        }
        let listed = Set(listing.sessions.map(\.key))
        for memory in known.values.sorted(by: { $0.session.key < $1.session.key })
        where listing.canceledEvents.contains(memory.session.key.event) && !listed.contains(memory.session.key) {
            result.cancel(memory, now: now)
        }
        for (key, probe) in probes.sorted(by: { $0.key < $1.key }) {
            guard let memory = known[key] else { continue }
            switch probe {
            case .present(let session): result.see(session, known: memory, now: now)
            case .canceled: result.cancel(memory, now: now)
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

/// The result of comparing a listing with the ledger.
package struct Reconciliation: Hashable, Sendable {
    /// What the ledger must store, where it differs from what it holds now.
    package private(set) var changes: [SessionMemory] = []
    /// What to report to a person.
    package private(set) var news: [SessionNews] = []

    /// The source returned the session, as it is now.
    fileprivate mutating func see(
        _ session: Session, known: SessionMemory?, published: Int? = nil, now: Instant
    ) {
        guard let known else {
            guard session.status != .draft else { return }
            changes.append(SessionMemory(session: session, revision: published ?? 0, revisedAt: now, firstSeenAt: now))
            news.append(SessionNews(session: session, kind: .new))
            return
        }
        var memory = known
        (memory.missingRuns, memory.missingAt, memory.isHeld) = (0, nil, false)
        memory.session = session
        // A direct lookup does not go through a selection.
        memory.session.selections = session.selections ?? known.session.selections
        if !session.looksLike(known.session) { memory.changedAt = max(now, known.changedAt) }
        if session.fingerprint != known.session.fingerprint {
            revise(&memory, from: known, now: now)
        }
        if memory != known { changes.append(memory) }
    }

    /// A person has to decide about it.
    fileprivate mutating func hold(_ known: SessionMemory) {
        guard !known.isHeld else { return }
        var memory = known
        memory.isHeld = true
        changes.append(memory)
    }

    /// A direct lookup proved that the session is gone; when a later run finds it gone too, it counts as canceled.
    fileprivate mutating func miss(_ known: SessionMemory, now: Instant) {
        var memory = known
        if let last = known.missingAt, now <= last { return }
        (memory.missingRuns, memory.missingAt, memory.isHeld) = (known.missingRuns + 1, now, false)
        guard memory.missingRuns >= 2 else {
            news.append(SessionNews(session: known.session, kind: .missing))
            return changes.append(memory)
        }
        memory.session.status = .canceled
        revise(&memory, from: known, now: now)
        changes.append(memory)
    }

    /// The event's own status cancels a session that was not read.
    fileprivate mutating func cancel(_ known: SessionMemory, now: Instant) {
        guard known.session.status != .canceled, known.session.end > now else { return }
        var memory = known
        (memory.missingRuns, memory.missingAt, memory.isHeld) = (0, nil, false)
        memory.session.status = .canceled
        revise(&memory, from: known, now: now)
        changes.append(memory)
    }

    /// A direct lookup failed, so this run proves nothing: the count of consecutive runs starts again.
    fileprivate mutating func lose(_ known: SessionMemory) {
        guard known.missingRuns > 0 else { return }
        var memory = known
        (memory.missingRuns, memory.missingAt) = (0, nil)
        changes.append(memory)
    }

    private mutating func revise(_ memory: inout SessionMemory, from known: SessionMemory, now: Instant) {
        memory.revision = known.revision + 1
        memory.revisedAt = max(now, known.revisedAt)
        memory.changedAt = max(memory.revisedAt, known.changedAt)
        let isRestored = known.session.status == .canceled && memory.session.status == .published
        if isRestored { memory.restoredRevision = memory.revision }
        let kind: SessionNews.Kind =
            isRestored ? .restored : memory.session.status == .canceled ? .canceled : .revised(from: known.session)
        news.append(SessionNews(session: memory.session, kind: kind))
    }
}

/// One piece of news about a session, for a person.
package struct SessionNews: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// First seen.
        case new
        /// Start, end, subject, link or status changed.
        case revised(from: Session)
        /// Canceled, or gone for good.
        case canceled
        /// Published again after it was canceled.
        case restored
        /// Not found; counts as canceled if the next run does not find it either.
        case missing
    }

    /// The session as it is now.
    package let session: Session
    package let kind: Kind
}

/// The sessions and events that a listing reported problems with.
private struct Doubts {
    private let sessions: Set<SessionKey>
    private let events: Set<EventID>
    /// Problems that name neither.
    private let others: [RecordProblem]

    init(_ problems: [RecordProblem]) {
        let refused = problems.filter { $0.effect == .refused }
        sessions = Set(refused.compactMap(\.session))
        events = Set(refused.filter { $0.session == nil }.compactMap(\.event))
        others = refused.filter { $0.event == nil }
    }

    func cover(_ session: Session) -> Bool {
        sessions.contains(session.key) || events.contains(session.key.event) || others.contains { $0.mayBe(session) }
    }
}
