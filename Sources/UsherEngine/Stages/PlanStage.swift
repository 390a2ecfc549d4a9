internal import UsherLedger
internal import UsherModel
internal import UsherPlan

/// Goes through the recipients of every session that needs it and proposes to the ledger what is due.
struct PlanStage {
    let assembly: Assembly
    let ledger: Ledger
    let settings: RunSettings
    /// Lists whose recipients were read in this run, with whether that went to the end without a problem.
    private var rosters: [EventID: Bool] = [:]
    /// What to remember of this once the plan is enrolled.
    private(set) var scans: [SessionKey: ScanMemory] = [:]

    init(assembly: Assembly, ledger: Ledger, settings: RunSettings) {
        self.assembly = assembly
        self.ledger = ledger
        self.settings = settings
    }

    /// Proposes what is due for all sessions in the window.
    mutating func run(
        _ known: [SessionKey: SessionMemory], _ report: inout RunReport
    ) async throws(LedgerError) {
        let window = assembly.window(at: settings.now)
        var tags: [EventID: String?] = [:]
        for memory in known.values.sorted(by: { $0.session.key < $1.session.key }) where window.contains(memory.session)
        {
            let event = memory.session.key.event
            if tags[event] == nil { tags[event] = await assembly.attendeesTag(of: event) }
            let tag = tags[event] ?? nil
            let last = try ledger.scan(job: assembly.ledgerName, session: memory.session.key)
            guard assembly.table.needsScan(memory, last: last, attendeesTag: tag, now: settings.now) else { continue }
            try await plan(memory, tag: tag, &report)
        }
    }

    private mutating func plan(
        _ memory: SessionMemory, tag: String?, _ report: inout RunReport
    ) async throws(LedgerError) {
        let planner = SessionPlanner(table: assembly.table, memory: memory, now: settings.now)
        var isWhole = true
        for group in assembly.audiences(of: memory.session.key.event) {
            guard let list = group.list else {
                try propose(planner, group.channelCandidate, group, memory)
                continue
            }
            isWhole = try await readRoster(list, group, &report) && isWhole
            try plan(list, group, planner, memory)
        }
        scans[memory.session.key] = ScanMemory(
            rules: assembly.table.digest, attendeesTag: isWhole ? tag : nil, revision: memory.revision,
            at: settings.now, nextDueAt: assembly.table.nextDue(in: memory.session, after: settings.now))
    }

    private func plan(
        _ list: EventID, _ group: AudienceGroup, _ planner: SessionPlanner, _ memory: SessionMemory
    ) throws(LedgerError) {
        var last: RecipientID?
        while true {
            let page = try ledger.candidates(
                job: assembly.ledgerName, list: list, after: last, limit: Limits.pageAttendees)
            guard let end = page.last else { return }
            try propose(planner, page, group, memory)
            last = end.recipient.id
        }
    }

    private func propose(
        _ planner: SessionPlanner, _ candidates: [Candidate], _ group: AudienceGroup, _ memory: SessionMemory
    ) throws(LedgerError) {
        let remembered = try ledger.memory(
            job: assembly.ledgerName, session: memory.session.key, recipients: candidates.map(\.recipient.id))
        var deliveries: [Delivery] = []
        var superseding: [(key: DedupeKey, reason: SkipReason)] = []
        for candidate in candidates {
            let plan = planner.plan(
                candidate, rules: group.rules, list: group.list, remembered: remembered[candidate.recipient.id] ?? [])
            deliveries += plan.deliveries
            superseding += plan.superseding.map { ($0.key, $0.reason) }
        }
        guard !deliveries.isEmpty || !superseding.isEmpty else { return }
        try ledger.propose(deliveries, superseding: superseding, job: assembly.ledgerName)
    }

    /// Reads a list's recipients into the ledger, once a run.
    ///
    /// Where the source cannot give them, those known from before stay: a failed fetch proves nothing about anyone.
    ///
    /// - Returns: Whether the list was read to its end without a problem.
    private mutating func readRoster(
        _ list: EventID, _ group: AudienceGroup, _ report: inout RunReport
    ) async throws(LedgerError) -> Bool {
        if let done = rosters[list] { return done }
        let scan = try ledger.beginRoster(job: assembly.ledgerName, list: list)
        var reading = await Reading(assembly, list, group)
        var isWhole = true
        while let page = await reading.next() {
            if !page.problems.isEmpty { isWhole = false }
            report.add(page.problems)
            let repeated = try ledger.observe(scan, page.attendees, now: settings.now)
            if !repeated.isEmpty { isWhole = false }
            report.add(
                repeated.map {
                    RecordProblem(
                        place: "\(list)",
                        found: "a second registration \"\($0.registration)\", for \($0.address): the first one counts",
                        effect: .refused, event: list)
                })
        }
        if let error = reading.error {
            report.add(error.finding, error.description)
            isWhole = false
        } else {
            try ledger.completeRoster(scan)
        }
        rosters[list] = isWhole
        return isWhole
    }
}

/// The pages of a list, and the error that ended them.
private struct Reading {
    private var pages: (any AttendeePages)?
    private(set) var error: SourceError?

    init(_ assembly: Assembly, _ list: EventID, _ group: AudienceGroup) async {
        do throws(SourceError) {
            pages = try await assembly.pages(of: list, group)
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
