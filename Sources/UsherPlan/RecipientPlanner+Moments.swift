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
            rule, .announced, registration: registration, dueAt: knownSince, expiresAt: session.end)
        return [delivery].compactMap { $0 }.map { late($0, rule, due: planner.memory.firstSeenAt) }
    }

    /// Design section 6.1: due when the attendee is first seen with status `registered`, until the session's end.
    ///
    /// A registration that comes back counts as new where the recipient was told of its cancellation, even under its old id.
    func registered(_ rule: Rule) -> [Delivery] {
        guard session.status == .published else { return [] }
        return standing.allActive.compactMap { registration in
            let id = registration.attendee.registration
            let since = max(planner.memory.firstSeenAt, registration.firstSeenAt)
            guard since < session.end else { return nil }
            return propose(
                rule, .registered(id), renewal: renewal(cancellationsTold(of: id, rules: cancelRules)),
                registration: id,
                dueAt: since, expiresAt: session.end)
        }
    }

    /// Design section 6.4: due when the recipient was told an earlier revision over this channel.
    func changed(_ rule: Rule) -> [Delivery] {
        guard session.status == .published, takesPart || standing.isUnlisted,
            let told = lastTold(over: rule.channel), let revision = told.toldRevision,
            revision < planner.memory.revision, !wasToldOfOwnCancellation(told)
        else { return [] }
        let delivery = propose(
            rule, .changed(revision: planner.memory.revision), registration: registration,
            dueAt: planner.memory.revisedAt, expiresAt: session.end)
        return [delivery].compactMap { $0 }
    }

    /// Design section 6.5: due when the session or the recipient's registration is canceled, if they were told of the session.
    func canceled(_ rule: Rule) -> [Delivery] {
        guard let told = lastTold(over: rule.channel), told.kind != .canceled else { return [] }
        if session.status == .canceled {
            let moment = Moment.sessionCanceled(revision: planner.memory.revision)
            let delivery = propose(
                rule, moment, registration: registration, dueAt: planner.memory.revisedAt, expiresAt: session.end)
            return [delivery].compactMap { $0 }
        }
        guard let canceled = standing.canceled else { return [] }
        let id = canceled.attendee.registration
        let delivery = propose(
            rule, .registrationCanceled(id), renewal: renewal(cancellationsTold(of: id, rules: [rule])),
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
        guard var delivery = propose(rule, moment, registration: registration, dueAt: due, expiresAt: expiry) else {
            return []
        }
        if delivery.outcome == .send, wasToldByChange(rule, due: due) { delivery.outcome = .skip(.toldByChange) }
        return [late(delivery, rule, due: due)]
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

    /// Whether the recipient was reminded of the old time, and a `changed` rule tells them the new one, for which the reminder would be due at once.
    private func wasToldByChange(_ rule: Rule, due: Instant) -> Bool {
        due <= planner.memory.revisedAt && planner.memory.revision > 0 && planner.table.tellsChanges(to: rule)
            && remembered.contains { $0.rule == rule.id && $0.toldRevision != nil }
    }

    /// `late: skip`: whoever registers after the rule fell due never gets it.
    private func late(_ delivery: Delivery, _ rule: Rule, due: Instant) -> Delivery {
        guard rule.late == .skip, delivery.outcome == .send, registeredAt > due else { return delivery }
        var skipped = delivery
        skipped.outcome = .skip(.late)
        return skipped
    }

    /// Whether the last thing the recipient was told is that their own registration is canceled: later changes do not concern them.
    private func wasToldOfOwnCancellation(_ told: RememberedDelivery) -> Bool {
        guard told.kind == .canceled, let registration = told.registration else { return false }
        return (0..<cancellationsTold(of: registration, rules: cancelRules)).contains { index in
            cancelRules.contains {
                key($0, .registrationCanceled(registration), renewal: renewal(index)) == told.key
            }
        }
    }
}
