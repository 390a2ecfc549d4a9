internal import UsherJob
internal import UsherModel
internal import UsherPlan

/// Scans the recipients of every session that needs it, and proposes to the ledger what is due.
struct PlanStage {
    let job: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings
    let proposal: ProposalID
    /// The lists that were read in this run, and whether each was read to its end without a problem.
    private var rosters: [RosterID: Bool] = [:]
    /// The sessions that the source listed in this run.
    private var listed: Set<SessionKey> = []
    /// The sessions of each event that are still to come, where a rule is for a series.
    private var series: [EventID: [Session]] = [:]
    /// The sessions of which a rule needs to know now who attended, and nobody can say.
    private var unclear: Set<SessionKey> = []
    /// The sessions of which several deliveries wait for one recipient, so that the next run has to look at them again.
    private var open: Set<SessionKey> = []
    /// The digest of the people missing from a list that a person approved for this run.
    private(set) var approved: String?
    /// What the job and its rules were called before.
    private var earlier = EarlierNames()
    /// What to store about this scan once the plan is enrolled.
    private(set) var scans: [SessionKey: ScanMemory] = [:]

    init(job: ConfiguredJob, ledger: any Ledger, settings: RunSettings, proposal: ProposalID) {
        self.job = job
        self.ledger = ledger
        self.settings = settings
        self.proposal = proposal
    }

    /// Proposes what is due for all sessions in the window.
    mutating func run(
        _ fetched: FetchStage.Result, _ report: inout RunReport
    ) async throws(LedgerError) {
        listed = fetched.listed
        series = coming(fetched.sessions)
        earlier = try await ledger.earlierNames(job: job.ledgerName)
        let sessions = try await sessionsToScan(fetched.sessions)
        await job.source.expect(registered(sessions.map(\.memory)))
        for (memory, tag) in sessions { try await plan(memory, tag: tag, &report) }
    }

    private func coming(_ known: [SessionKey: SessionMemory]) -> [EventID: [Session]] {
        guard job.table.rules.contains(where: { $0.scope == .series }) else { return [:] }
        let (window, now) = (job.window(at: settings.now), settings.now)
        let coming = known.values.filter {
            $0.session.status == .published && !$0.isInDoubt && $0.session.end > now && window.contains($0.session)
        }
        return Dictionary(grouping: coming.map(\.session)) { $0.key.event }
    }

    /// The sessions in the window whose recipients must be scanned, in the order of their keys.
    private func sessionsToScan(
        _ known: [SessionKey: SessionMemory]
    ) async throws(LedgerError) -> [(memory: SessionMemory, tag: String?)] {
        let window = job.window(at: settings.now)
        var tags: [EventID: String?] = [:]
        var sessions: [(SessionMemory, String?)] = []
        for memory in known.values.sorted(by: { $0.session.key < $1.session.key }) where window.contains(memory.session)
        {
            let event = memory.session.key.event
            if tags[event] == nil { tags[event] = await job.attendeesTag(of: event) }
            let tag = tags[event] ?? nil
            let last = try await ledger.scan(job: job.ledgerName, session: memory.session.key)
            guard job.table.needsScan(memory, last: last, attendeesTag: tag, now: settings.now) else { continue }
            sessions.append((memory, tag))
        }
        return sessions
    }

    /// The events whose registrations will be read, each once, in this order.
    private func registered(_ memories: [SessionMemory]) -> [EventID] {
        var seen: Set<EventID> = []
        return memories.filter { mayHaveNewRegistrations($0) }.map(\.session.key.event).filter { event in
            job.audiences(of: event).contains { $0.members == .registered(event) } && seen.insert(event).inserted
        }
    }

    /// Whether to read the registrations of a session from the source.
    ///
    /// Not for a canceled session: people who register afterwards have not been told of it. Nor for one that the source does not
    /// list: its stored registrations stay as they are.
    private func mayHaveNewRegistrations(_ memory: SessionMemory) -> Bool {
        memory.session.status != .canceled && listed.contains(memory.session.key)
    }

    private mutating func plan(
        _ memory: SessionMemory, tag: String?, _ report: inout RunReport
    ) async throws(LedgerError) {
        let groups = job.audiences(of: memory.session.key.event)
        var isWhole = true
        for group in groups {
            guard let list = group.list else { continue }
            if list != RosterID(memory.session.key.event) || mayHaveNewRegistrations(memory) {
                isWhole = try await readRoster(list, group, &report) && isWhole
            } else {
                isWhole = memory.session.status == .canceled && isWhole
            }
            isWhole = try await readAttendance(group, memory, &report) && isWhole
        }
        // Reading may have taken long: what is due is judged by the time after it, and for all recipients by the same.
        let now = settings.now
        var table = job.table
        table.earlier = earlier
        let planner = SessionPlanner(
            table: table, memory: memory, sameFacts: try await revisionsLikePresent(memory),
            series: series[memory.session.key.event] ?? [], now: now)
        for group in groups {
            if let list = group.list {
                try await plan(list, group, planner, memory)
            } else {
                try await propose(planner, group.channelCandidate, group, memory)
            }
        }
        let nextDueAt =
            open.contains(memory.session.key)
            ? now : job.table.nextDue(in: memory.session, after: now)
        scans[memory.session.key] = ScanMemory(
            rules: job.table.digest, attendeesTag: isWhole ? tag : nil, revision: memory.revision,
            at: now, nextDueAt: nextDueAt)
    }

    /// The earlier revisions with the facts of the present one; the planner asks only for the sake of a `changed` rule.
    ///
    /// There are none before the second.
    private func revisionsLikePresent(_ memory: SessionMemory) async throws(LedgerError) -> Set<Int> {
        guard memory.revision >= 1, job.table.rules.contains(where: { $0.when == .changed }) else { return [] }
        return try await ledger.revisionsLikePresent(job: job.ledgerName, memory.session.key)
    }

    private mutating func plan(
        _ list: RosterID, _ group: AudienceGroup, _ planner: SessionPlanner, _ memory: SessionMemory
    ) async throws(LedgerError) {
        var last: RecipientID?
        while true {
            let page = try await ledger.candidates(
                job: job.ledgerName, list: list, after: last, limit: Limits.pageAttendees)
            guard let end = page.last else { return }
            try await propose(planner, try await attended(page, group, memory), group, memory)
            last = end.recipient.id
        }
    }

    private func attended(
        _ page: [Candidate], _ group: AudienceGroup, _ memory: SessionMemory
    ) async throws(LedgerError) -> [Candidate] {
        guard group.needsAttendance, !unclear.contains(memory.session.key) else { return page }
        return try await ledger.attended(job: job.ledgerName, session: memory.session.key, page)
    }

    /// Reads the attendance of a session into the ledger, if a rule could need it now.
    ///
    /// - Returns: Whether there was no problem. A report that does not exist yet is noted, but is not a problem.
    private mutating func readAttendance(
        _ group: AudienceGroup, _ memory: SessionMemory, _ report: inout RunReport
    ) async throws(LedgerError) -> Bool {
        let session = memory.session
        guard group.needsAttendance, job.table.needsAttendance(of: session, at: settings.now) else { return true }
        // What was read before may be about another time, from which the session was moved.
        unclear.insert(session.key)
        let attendance: Attendance
        do throws(SourceError) {
            attendance = try await job.source.attendance(of: session)
        } catch {
            report.add(error.problemCode, error.description)
            return false
        }
        switch attendance {
        case .notYet(let reason):
            report.notes.append(
                "who attended \"\(session.subject)\" (\(session.start)) is not known yet: \(reason)")
            return true
        case .reports(let pages):
            guard try await read(pages, of: session.key, &report) else { return false }
            unclear.remove(session.key)
            return true
        }
    }

    private func read(
        _ pages: any AttendancePages, of session: SessionKey, _ report: inout RunReport
    ) async throws(LedgerError) -> Bool {
        let reading = try await ledger.beginAttendance(of: session, under: proposal.lease)
        while true {
            let records: [AttendanceRecord]?
            do throws(SourceError) {
                records = try await pages.next()
            } catch {
                report.add(error.problemCode, error.description)
                return false
            }
            guard let records else { break }
            try await ledger.observe(reading, records)
        }
        try await ledger.completeAttendance(reading)
        return true
    }

    private mutating func propose(
        _ planner: SessionPlanner, _ candidates: [Candidate], _ group: AudienceGroup, _ memory: SessionMemory
    ) async throws(LedgerError) {
        let remembered = try await ledger.memory(
            job: job.ledgerName, session: memory.session.key, recipients: candidates.map(\.recipient.id),
            in: proposal)
        let ofSeries = try await seriesMemory(memory, candidates, group)
        var deliveries: [Delivery] = []
        var superseding: [(key: DedupeKey, reason: SkipReason)] = []
        for candidate in candidates {
            let plan = planner.plan(
                candidate, rules: group.rules, list: group.list, remembered: remembered[candidate.recipient.id] ?? [],
                ofSeries: ofSeries[candidate.recipient.id] ?? [])
            deliveries += plan.deliveries
            superseding += plan.superseding.map { ($0.key, $0.reason) }
            if plan.isOpen { open.insert(memory.session.key) }
        }
        guard !deliveries.isEmpty || !superseding.isEmpty else { return }
        try await ledger.propose(deliveries, superseding: superseding, in: proposal)
    }

    private func seriesMemory(
        _ memory: SessionMemory, _ candidates: [Candidate], _ group: AudienceGroup
    ) async throws(LedgerError) -> [RecipientID: [SeriesMemory]] {
        let rules = group.rules.filter { $0.scope == .series }.map(\.id)
        guard !rules.isEmpty else { return [:] }
        return try await ledger.seriesMemory(
            job: job.ledgerName, besides: memory.session.key, rules: rules, recipients: candidates.map(\.recipient.id))
    }

    /// Reads a list's recipients into the ledger, once per run.
    ///
    /// Where the source fails, the stored recipients stay as they are: a failed request proves nothing about anyone.
    ///
    /// - Returns: Whether the list was read to its end without a problem.
    private mutating func readRoster(
        _ list: RosterID, _ group: AudienceGroup, _ report: inout RunReport
    ) async throws(LedgerError) -> Bool {
        if let done = rosters[list] { return done }
        let scan = try await ledger.beginRoster(list, under: proposal.lease)
        let (ledger, name) = (ledger, job.ledgerName)
        let known = AttendeeMemory { ids in
            // Without it, everything is asked for.
            do throws(LedgerError) { return try await ledger.registrations(job: name, list: list, ids) } catch {
                return [:]
            }
        }
        var reading = await Reading(job, list, group, known: known)
        var undecided = 0
        var isWhole = true
        while let page = await reading.next() {
            if !page.problems.isEmpty { isWhole = false }
            report.add(page.problems)
            report.notes += page.remarks
            undecided += page.undecided
            for failure in page.failures {
                report.add(failure.problemCode, failure.description)
                isWhole = false
            }
            let repeated = try await ledger.observe(scan, page.attendees, now: settings.now)
            if !repeated.isEmpty { isWhole = false }
            report.add(
                repeated.map {
                    RecordProblem(
                        location: "\(list)",
                        problem:
                            "a second registration \"\($0.registration)\", for \($0.address); the first one counts",
                        effect: .refused, event: EventID(rawValue: list.rawValue),
                        next: "Give each registration an id of its own")
                })
        }
        if undecided > 0 {
            isWhole = false
            let people = undecided == 1 ? "1 person is" : "\(undecided) people are"
            report.add(
                .retrying,
                "\(people) registered for \(list), and the source does not say for which of its sessions: "
                    + "they are told nothing until it does")
        }
        if let error = reading.error {
            report.add(error.problemCode, error.description)
            isWhole = false
        } else if try await !complete(scan, &report) {
            isWhole = false
        }
        rosters[list] = isWhole
        return isWhole
    }

    /// Ends a reading, unless so many people are missing that a person has to approve it first: then reminders go on as before.
    ///
    /// - Returns: Whether the reading was completed.
    private mutating func complete(
        _ reading: RosterReading, _ report: inout RunReport
    ) async throws(LedgerError) -> Bool {
        let limit = RosterLimit(fraction: job.limits.vanished, approval: settings.approval)
        switch try await ledger.completeRoster(reading, limit: limit) {
        case .complete: return true
        case .approved:
            approved = settings.approval
            return true
        case .doubtful(let doubt):
            report.add(.guardTripped, doubt.explanation(job: job.file))
            return false
        }
    }
}

/// Reads the pages of a list, and keeps the error that ended them.
private struct Reading {
    private var pages: (any AttendeePages)?
    private(set) var error: SourceError?

    init(_ job: ConfiguredJob, _ list: RosterID, _ group: AudienceGroup, known: AttendeeMemory) async {
        do throws(SourceError) {
            pages = try await job.pages(of: list, group, known: known)
        } catch {
            self.error = error
        }
    }

    /// The next page; nil after the last, and after an error.
    mutating func next() async -> AttendeePage? {
        guard let pages, error == nil else { return nil }
        do throws(SourceError) {
            return try await pages.next()
        } catch {
            self.error = error
            return nil
        }
    }
}
