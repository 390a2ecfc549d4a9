internal import UsherJob
internal import UsherModel
internal import UsherPlan

/// Asks the source what there is, and writes down what changed: the way of a datum from `fetch` to `reconcile`.
struct FetchStage {
    let assembly: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings

    /// What the source had.
    struct Result {
        /// What the ledger remembers now of every session in the window.
        var known: [SessionKey: SessionMemory]
        /// The sessions that the source showed in this run.
        var listed: Set<SessionKey> = []
        /// Whether the source could be asked.
        var isReachable: Bool
        /// What a person has to approve before sessions that vanished count as missing.
        var vanished: VanishGuard?
        /// The digest of a vanishing that has been approved.
        var approved: String?
    }

    func run(_ report: inout RunReport) async throws(LedgerError) -> Result {
        let window = assembly.window(at: settings.now)
        var known = try await ledger.sessions(job: assembly.ledgerName, endingAfter: window.from)
        let listing: Listing
        do throws(SourceError) {
            listing = try await assembly.source.listing(in: window, known: stillToCome(known))
        } catch {
            report.add(error.finding, error.description)
            return Result(known: known, isReachable: false)
        }
        report.listed = listing.sessions.count
        report.add(listing.problems)
        for failure in listing.failures { report.add(failure.finding, failure.description) }
        // A session that was over can be scheduled anew: it is remembered, though not among those that are still to come.
        for session in listing.sessions where window.contains(session) && known[session.key] == nil {
            known[session.key] = try await ledger.session(job: assembly.ledgerName, session.key)
        }
        let inWindow = Listing(
            sessions: listing.sessions.filter { window.contains($0) || known[$0.key] != nil },
            problems: listing.problems, isComplete: listing.isComplete)
        let finding = guardFinding(listing, known, window)
        let isApproved = finding != nil && finding?.digest == settings.approval
        let tripped = isApproved ? nil : finding
        let probes = tripped == nil ? await probe(listing, known, window) : [:]
        let revised = Reconcile.revise(inWindow, probes: probes, known: known, now: settings.now)
        try await ledger.record(job: assembly.ledgerName, sessions: revised.changes, now: settings.now)
        for memory in revised.changes { known[memory.session.key] = memory }
        report.news = revised.news
        warnOfDoubleMail(known, &report)
        return Result(
            known: known, listed: Set(listing.sessions.map(\.key)), isReachable: true, vanished: tripped,
            approved: isApproved ? finding?.digest : nil)
    }

    private func stillToCome(_ known: [SessionKey: SessionMemory]) -> Set<SessionKey> {
        Set(known.values.filter { $0.session.status != .canceled && $0.session.end > settings.now }.map(\.session.key))
    }

    /// Graph can mail the attendees itself: where a job mails them too, people hear twice.
    private func warnOfDoubleMail(_ known: [SessionKey: SessionMemory], _ report: inout RunReport) {
        let events = Set(
            known.values.filter { $0.session.sourceMailsAttendees == true && $0.session.end > settings.now }
                .map(\.session.key.event))
        guard !events.isEmpty, assembly.mailsAttendees else { return }
        report.notes.append(
            "warning: Microsoft Teams mails the attendees of \(events.count) of these events itself "
                + "(isAttendeeEmailNotificationEnabled): they would hear twice. Switch that off there, or the mail rules here"
        )
    }

    private func guardFinding(
        _ listing: Listing, _ known: [SessionKey: SessionMemory], _ window: Window
    ) -> VanishGuard? {
        let missing = Reconcile.missing(from: listing, known: known, window: window, now: settings.now)
        return VanishGuard.finding(
            missing: missing, listing: listing, known: known, fraction: assembly.job.limits.vanished, window: window,
            now: settings.now)
    }

    private func probe(
        _ listing: Listing, _ known: [SessionKey: SessionMemory], _ window: Window
    ) async -> [SessionKey: Probe] {
        var probes: [SessionKey: Probe] = [:]
        for key in Reconcile.missing(from: listing, known: known, window: window, now: settings.now) {
            probes[key] = await assembly.source.probe(key)
        }
        return probes
    }
}
