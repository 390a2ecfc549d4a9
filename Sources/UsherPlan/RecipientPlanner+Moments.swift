internal import UsherModel

extension RecipientPlanner {
    /// Whether the recipient takes part: a person who holds a seat or is on a list of the job, or a channel.
    var takesPart: Bool {
        switch candidate.recipient {
        case .channel: true
        case .person: standing.active != nil
        }
    }

    /// When a run first saw that the recipient takes part; nothing can have fallen due for them earlier.
    private var knownSince: Instant {
        max(planner.memory.firstSeenAt, standing.active?.firstSeenAt ?? .distantPast)
    }

    /// When the recipient registered: as the source says, or else when a run first saw them.
    private var registeredAt: Instant {
        guard let active = standing.active else { return planner.memory.firstSeenAt }
        return active.attendee.registeredAt ?? active.firstSeenAt
    }

    private var registration: RegistrationID? {
        (standing.active ?? candidate.registrations.last)?.attendee.registration
    }

    /// Design section 6, `announced`: due when the session is first seen, until its end.
    func announced(_ rule: Rule) -> [Delivery] {
        guard session.status == .published, takesPart, knownSince < session.end else { return [] }
        let delivery = propose(
            rule, .announced, registration: registration, dueAt: knownSince, expiresAt: session.end,
            outcome: isLate(rule, due: planner.memory.firstSeenAt) ? .skip(.late) : .send)
        return [delivery].compactMap { $0 }
    }

    /// Design section 6.1: due when the attendee is first seen with status `registered`, until the session's end.
    ///
    /// A registration that comes back counts as new where the recipient was told of its cancellation, even under its old id.
    func registered(_ rule: Rule) -> [Delivery] {
        guard session.status == .published else { return [] }
        return standing.allActive.compactMap { registration in
            let id = registration.attendee.registration
            let since = max(planner.memory.firstSeenAt, registration.firstSeenAt)
            guard since < session.end, let occasion = occasion(of: id, for: rule) else { return nil }
            return propose(
                rule, .registered(id), renewal: renewal(occasion), registration: id, dueAt: since,
                expiresAt: session.end)
        }
    }

    /// Which occasion of a registration a rule has to tell: 0 until the recipient is told, over any channel, that it is canceled.
    ///
    /// - Returns: nil where the rule has told them of it since they were last told that it is canceled, or is about to.
    private func occasion(of registration: RegistrationID, for rule: Rule) -> Int? {
        let canceled = remembered.filter {
            $0.isOwnCancellation && $0.registration == registration && $0.toldRevision != nil
        }
        guard let last = canceled.max(by: { $0.toldOrder < $1.toldOrder }) else { return 0 }
        let stands = remembered.contains {
            $0.rule == rule.id && $0.kind == .registered && $0.registration == registration
                && ($0.toldRevision == nil ? !$0.state.isFinal : $0.toldOrder > last.toldOrder)
        }
        guard !stands else { return nil }
        // What was told or enrolled before that cancellation belongs to an earlier occasion, whatever became of it.
        var occasion = 1
        while let row = row(rule, .registered(registration), renewal(occasion)),
            row.toldRevision != nil || row.enrolledAt < last.enrolledAt
        {
            occasion += 1
        }
        return occasion
    }

    /// Design section 6.4: due when what the recipient was told over this channel is no longer true.
    ///
    /// A change that was undone before they were told of it is none.
    func changed(_ rule: Rule) -> [Delivery] {
        let words = lastWords(over: rule.channel)
        guard session.status == .published, takesPart || standing.isUnlisted, words.first?.isOwnCancellation == false,
            words.contains(where: { !isCurrent($0) && !$0.isOwnCancellation })
        else { return [] }
        let delivery = propose(
            rule, .changed(revision: planner.memory.revision), registration: registration,
            dueAt: planner.memory.revisedAt, expiresAt: session.end)
        return [delivery].compactMap { $0 }
    }

    /// Design section 6.5: due when the session or the recipient's registration is canceled, if they were told of the session.
    func canceled(_ rule: Rule) -> [Delivery] {
        guard lastWords(over: rule.channel).contains(where: { $0.kind != .canceled }) else { return [] }
        if session.status == .canceled {
            let moment = Moment.sessionCanceled(revision: planner.memory.revision)
            let delivery = propose(
                rule, moment, registration: registration, dueAt: planner.memory.revisedAt, expiresAt: session.end)
            return [delivery].compactMap { $0 }
        }
        guard let canceled = standing.canceled else { return [] }
        let id = canceled.attendee.registration
        let delivery = propose(
            rule, .registrationCanceled(id), renewal: renewal(cancellationsTold(of: id, by: rule)),
            registration: id, dueAt: now, expiresAt: session.end)
        return [delivery].compactMap { $0 }
    }

    /// Design section 6.2: due at an offset from the start or the end.
    func reminded(_ rule: Rule, _ offset: Offset) -> [Delivery] {
        let due = offset.instant(in: session)
        let expiry = planner.table.expiry(of: rule, offset, in: session)
        guard session.status == .published, takesPart, due <= now, expiry > knownSince,
            isConcerned(rule, isLastChance: now >= expiry)
        else { return [] }
        let moment = Moment.offset(offset, anchor: offset.anchor.instant(in: session))
        let outcome: Delivery.Outcome =
            wasToldByChange(rule, due: due) ? .skip(.toldByChange) : isLate(rule, due: due) ? .skip(.late) : .send
        let delivery = propose(
            rule, moment, registration: registration, dueAt: due, expiresAt: expiry, outcome: outcome)
        return [delivery].compactMap { $0 }
    }

    /// Whether a rule that depends on attendance or a recording applies to this recipient.
    ///
    /// While that is unknown, the delivery waits; at the rule's last chance it is proposed, so that it is recorded as expired.
    private func isConcerned(_ rule: Rule, isLastChance: Bool) -> Bool {
        if rule.needsRecording, session.onDemandURL == nil, !isLastChance { return false }
        switch rule.audience {
        case .attended, .absent:
            guard let seconds = candidate.attendedSeconds else { return isLastChance }
            let came = seconds > 0 && Duration.seconds(seconds) >= rule.attendedFor
            return came == (rule.audience == .attended)
        case .attendees, .channel, .addresses, .csv: return true
        }
    }

    /// Whether the recipient was reminded of the old time, and a `changed` tells them the new one, for which the reminder would be due at once.
    private func wasToldByChange(_ rule: Rule, due: Instant) -> Bool {
        due <= planner.memory.revisedAt && planner.memory.revision > 0 && planner.table.tellsChanges(to: rule)
            && remembered.contains { $0.rule == rule.id && $0.toldRevision != nil } && changeIsTold(over: rule.channel)
    }

    /// Whether a `changed` has told the recipient the present facts, or is to tell them.
    private func changeIsTold(over channel: ChannelName) -> Bool {
        let changes = remembered.filter { $0.channel == channel && $0.kind == .changed }
        if changes.contains(where: isCurrent) { return true }
        if let told = lastTold(over: channel), isCurrent(told) { return false }
        return !changes.contains { $0.state == .failed && $0.dueAt == planner.memory.revisedAt }
    }

    /// `late: skip`: whoever registers after the rule fell due never gets it.
    private func isLate(_ rule: Rule, due: Instant) -> Bool { rule.late == .skip && registeredAt > due }
}
