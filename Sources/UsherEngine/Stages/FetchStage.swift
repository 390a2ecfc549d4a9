internal import UsherJob
internal import UsherModel
internal import UsherPlan

/// Fetches the sessions from the source, compares them with the ledger and records what changed.
struct FetchStage {
    let job: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings
    let lease: PlanningLease

    /// The sessions to plan for.
    struct Result {
        /// Every session in the window, as the ledger holds it now.
        var sessions: [SessionKey: SessionMemory]
        /// The sessions that the source listed in this run.
        var listed: Set<SessionKey> = []
        /// Whether the source could be read.
        var isReachable: Bool
        /// The tripped guard, if too many sessions vanished; a person must approve it before they count as missing.
        var vanished: VanishGuard?
        /// The digest of the guard that a person has approved for this run.
        var approved: String?
    }

    func run(_ report: inout RunReport) async throws(LedgerError) -> Result {
        // The source is read for one instant, and compared as of one instant after that, however long reading takes.
        let window = job.window(at: settings.now)
        var known = try await ledger.sessions(job: job.ledgerName, endingAfter: window.from)
        await job.source.recall(Array(known.values))
        let listing: Listing
        do throws(SourceError) {
            listing = try await job.source.listing(in: window, known: upcoming(known))
        } catch {
            report.add(error.problemCode, error.description)
            return Result(sessions: known, isReachable: false)
        }
        report.listed = listing.sessions.count
        report.add(listing.problems)
        let before = known
        report.notes +=
            listing.remarks + LeftOut.remarks(listing.sessions, window) { before[$0] != nil }
        for failure in listing.failures { report.add(failure.problemCode, failure.description) }
        // A session that has ended can be rescheduled: the ledger remembers it, though not among those that end after the window's start.
        for session in listing.sessions where window.contains(session) && known[session.key] == nil {
            known[session.key] = try await ledger.session(job: job.ledgerName, session.key)
        }
        var inWindow = listing
        inWindow.sessions = listing.sessions.filter { window.contains($0) || known[$0.key] != nil }
        // A ledger that begins anew goes on from what an earlier one has published.
        let published =
            try await ledger.listing(job: job.ledgerName) == nil
            ? await PublishedSequences(job: job).read(inWindow.sessions, &report) : [:]
        // Records that were refused are said by name; a part that was not read may hold anything.
        if listing.failures.isEmpty, try await ledger.listing(job: job.ledgerName) == nil {
            try await ledger.recordListing(job: job.ledgerName, now: settings.now)
        }
        let vanished = vanishGuard(listing, known, window)
        let isApproved = vanished != nil && vanished?.digest == settings.approval
        let tripped = isApproved ? nil : vanished
        // Until a person decides, what appears may be what vanished under another id.
        if tripped != nil { inWindow.sessions.removeAll { known[$0.key] == nil } }
        let probes = tripped == nil ? await probe(listing, known, window, &report) : [:]
        let now = settings.now
        let revised = Reconcile.revise(
            inWindow, probes: probes, held: tripped?.vanished ?? [], published: published, known: known, now: now)
        let changes = revised.changes.map { SessionChange($0, over: known[$0.session.key]?.revision) }
        try await ledger.record(changes, under: lease, now: now)
        for memory in revised.changes { known[memory.session.key] = memory }
        report.news = revised.news
        warnOfDoubleMail(known, &report)
        return Result(
            sessions: known, listed: Set(listing.sessions.map(\.key)), isReachable: true, vanished: tripped,
            approved: isApproved ? vanished?.digest : nil)
    }

    private func upcoming(_ known: [SessionKey: SessionMemory]) -> Set<SessionKey> {
        Set(known.values.filter { $0.session.status != .canceled && $0.session.end > settings.now }.map(\.session.key))
    }

    /// Warns where Microsoft Teams mails the attendees itself, so that they would get two mails.
    private func warnOfDoubleMail(_ known: [SessionKey: SessionMemory], _ report: inout RunReport) {
        let events = Set(
            known.values.filter { $0.session.sourceMailsAttendees == true && $0.session.end > settings.now }
                .map(\.session.key.event))
        guard !events.isEmpty, job.mailsAttendees else { return }
        report.notes.append(
            "warning: Microsoft Teams mails the attendees of \(events.count) of these events itself "
                + "(isAttendeeEmailNotificationEnabled), so they would hear twice. Turn it off there, or remove the mail rules here"
        )
    }

    private func vanishGuard(
        _ listing: Listing, _ known: [SessionKey: SessionMemory], _ window: Window
    ) -> VanishGuard? {
        let missing = Reconcile.missing(from: listing, known: known, window: window, now: settings.now)
        return VanishGuard.check(
            missing: missing, listing: listing, known: known, fraction: job.limits.vanished, window: window,
            now: settings.now)
    }

    private func probe(
        _ listing: Listing, _ known: [SessionKey: SessionMemory], _ window: Window, _ report: inout RunReport
    ) async -> [SessionKey: Probe] {
        var probes: [SessionKey: Probe] = [:]
        for key in Reconcile.missing(from: listing, known: known, window: window, now: settings.now) {
            let probe = await job.source.probe(key)
            if case .unknown(let error?) = probe { report.add(error.problemCode, error.description) }
            probes[key] = probe
        }
        return probes
    }
}
