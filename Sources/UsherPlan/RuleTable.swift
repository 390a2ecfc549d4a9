package import UsherModel

/// The rules of a job, and what depends on several of them at once: expiry, next due time, whether a scan is needed.
package struct RuleTable: Hashable, Sendable {
    /// The job's name; part of every dedupe key.
    package let job: String
    /// The rules in the order of the job file.
    package let rules: [Rule]
    /// What the job and its rules were called when older deliveries were enrolled.
    package var earlier = EarlierNames()

    package init(job: String, rules: [Rule]) {
        self.job = job
        self.rules = rules
    }

    /// A digest of everything that decides what is due.
    ///
    /// Templates are not part of it: a change of wording must not send anything again.
    package var digest: String {
        Digest.hex(
            of: [job]
                + rules.flatMap { rule in
                    [
                        rule.id.rawValue, rule.when.description, rule.audience.label, Self.members(of: rule.audience),
                        rule.channel.rawValue, rule.late == .skip ? "skip" : "newest",
                        String(rule.grace.components.seconds), String(rule.attendedFor.components.seconds),
                        rule.needsRecording ? "recording" : "",
                    ] + (rule.scope == .series ? ["series"] : [])
                })
    }

    /// When a delivery of an offset rule expires, for a session as it is now.
    ///
    /// The earliest of: the due time of the next offset rule with the same audience and channel; the start, for a moment before it; the
    /// end, for one during the session; the end of the rule's grace, for one at or after the end.
    func expiry(of rule: Rule, _ offset: Offset, in session: Session) -> Instant {
        let due = offset.instant(in: session)
        let own =
            due < session.start ? session.start : due < session.end ? session.end : due + rule.grace
        let next = rules.compactMap { other -> Instant? in
            guard case .offset(let later) = other.when, reachesSameRecipients(other, rule) else { return nil }
            let instant = later.instant(in: session)
            return instant > due ? instant : nil
        }
        return next.reduce(own, min)
    }

    /// The first instant after `now` at which an offset rule falls due in a session, or at which a rule stops waiting for reports.
    package func nextDue(in session: Session, after now: Instant) -> Instant? {
        guard session.status == .published else { return nil }
        return offsets.flatMap { rule, offset -> [Instant] in
            let due = offset.instant(in: session)
            return rule.waitsForReports ? [due, expiry(of: rule, offset, in: session)] : [due]
        }.filter { $0 > now }.min()
    }

    /// Whether a rule could use a session's attendance report now.
    package func needsAttendance(of session: Session, at now: Instant) -> Bool {
        session.status == .published
            && offsets.contains { rule, offset in
                switch rule.audience {
                case .attended, .absent: isOpen(rule, offset, in: session, at: now)
                case .attendees, .channel, .addresses, .csv: false
                }
            }
    }

    /// Whether someone who appears on a list now, or leaves it, could still be due something for a session.
    ///
    /// Before the first moment nobody can have been told of the session, so no cancellation has to be reported.
    func isOpen(for memory: SessionMemory, at now: Instant) -> Bool {
        let session = memory.session
        return rules.contains { rule in
            switch rule.when {
            case .announced, .registered: session.end > now
            case .changed: false
            case .canceled: session.end > now && mayHaveTold(memory, at: now)
            case .offset(let offset): isOpen(rule, offset, in: session, at: now)
            }
        }
    }

    private var offsets: [(Rule, Offset)] {
        rules.compactMap { rule in
            if case .offset(let offset) = rule.when { (rule, offset) } else { nil }
        }
    }

    private func isOpen(_ rule: Rule, _ offset: Offset, in session: Session, at now: Instant) -> Bool {
        offset.instant(in: session) <= now && now < expiry(of: rule, offset, in: session)
    }

    /// Whether anyone can have been told of a session yet, including before it was moved.
    private func mayHaveTold(_ memory: SessionMemory, at now: Instant) -> Bool {
        memory.revision > 0
            || rules.contains { rule in
                switch rule.when {
                case .announced, .registered: true
                case .changed, .canceled: false
                case .offset(let offset): offset.instant(in: memory.session) <= now
                }
            }
    }

    /// Whether a `changed` rule reaches the recipients of a rule over the same channel.
    func tellsChanges(to rule: Rule) -> Bool {
        rules.contains { $0.when == .changed && reachesSameRecipients($0, rule) }
    }

    private func reachesSameRecipients(_ left: Rule, _ right: Rule) -> Bool {
        left.audience == right.audience && left.channel == right.channel
    }

    private static func members(of audience: Audience) -> String {
        guard case .addresses(let addresses) = audience else { return "" }
        return addresses.map(\.text).sorted().joined(separator: ",")
    }
}

extension RuleTable {
    /// Whether this run must scan a session's recipients.
    ///
    /// A scan costs time in proportion to the audience. It is skipped where it could not find anything: the rules, the
    /// revision and the attendees are the same, and nothing has fallen due since.
    ///
    /// - Parameters:
    ///   - memory: The session.
    ///   - last: The last scan; nil where there was none.
    ///   - attendeesTag: The source's current tag of the attendees; nil where it has none.
    ///   - now: The time of this run.
    /// - Returns: Whether something could be due that the last scan did not propose.
    package func needsScan(_ memory: SessionMemory, last: ScanMemory?, attendeesTag: String?, now: Instant) -> Bool {
        guard memory.session.status != .draft, !memory.isInDoubt else { return false }
        guard let last, last.rules == digest, last.revision == memory.revision, last.at <= now else { return true }
        if let next = last.nextDueAt, next <= now { return true }
        guard attendeesTag == nil || attendeesTag != last.attendeesTag else { return false }
        return memory.session.status == .published && isOpen(for: memory, at: now)
    }
}
