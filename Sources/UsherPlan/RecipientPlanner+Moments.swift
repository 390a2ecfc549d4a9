internal import UsherModel

extension RecipientPlanner {
    /// Whether the recipient takes part: holds a seat, or is on a list of the job, or is a channel.
    var takesPart: Bool {
        switch candidate.recipient {
        case .channel: true
        case .person: standing.active != nil
        }
    }

    /// Since when a run has known that the recipient takes part; before that nothing can have fallen due for them.
    private var knownSince: Instant {
        max(planner.memory.firstSeenAt, standing.active?.firstSeenAt ?? .distantPast)
    }

    /// When the recipient came: by the source where it says, else when a run first saw them.
    private var cameAt: Instant {
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
    /// A registration whose cancellation the recipient was told of is new again when it comes back, even under its old id.
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
            revision < planner.memory.revision, !wasSentAway(told)
        else { return [] }
        let delivery = propose(
            rule, .changed(revision: planner.memory.revision), registration: registration,
            dueAt: planner.memory.revisedAt, expiresAt: session.end)
        return [delivery].compactMap { $0 }
    }

    /// Design section 6.5: due for every recipient who was told of the session, when it or their own registration is canceled.
    func canceled(_ rule: Rule) -> [Delivery] {
        guard let told = lastTold(over: rule.channel), told.kind != .canceled else { return [] }
        if session.status == .canceled {
            let moment = Moment.sessionCanceled(revision: planner.memory.revision)
            let delivery = propose(
                rule, moment, registration: registration, dueAt: planner.memory.revisedAt, expiresAt: session.end)
            return [delivery].compactMap { $0 }
        }
        guard let gone = standing.canceled else { return [] }
        let id = gone.attendee.registration
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

    /// Whether a rule that waits for reports is about this recipient, as far as it is known now.
    ///
    /// What is not known waits; what was not known in time is recorded as expired.
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

    /// The session moved so that the reminder would be due at once, and the recipient had it for the old time.
    private func wasToldByChange(_ rule: Rule, due: Instant) -> Bool {
        due <= planner.memory.revisedAt && planner.memory.revision > 0 && planner.table.tellsChanges(to: rule)
            && remembered.contains { $0.rule == rule.id && $0.toldRevision != nil }
    }

    /// `late: skip`: whoever came after it fell due never gets it.
    private func late(_ delivery: Delivery, _ rule: Rule, due: Instant) -> Delivery {
        guard rule.late == .skip, delivery.outcome == .send, cameAt > due else { return delivery }
        var skipped = delivery
        skipped.outcome = .skip(.late)
        return skipped
    }

    /// The last that the recipient heard is that their own registration is canceled: a change is no news to them.
    private func wasSentAway(_ told: RememberedDelivery) -> Bool {
        guard told.kind == .canceled, let registration = told.registration else { return false }
        return (0..<cancellationsTold(of: registration, rules: cancelRules)).contains { index in
            cancelRules.contains {
                key($0, .registrationCanceled(registration), renewal: renewal(index)) == told.key
            }
        }
    }
}
