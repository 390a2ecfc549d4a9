package import ICalendar
internal import Synchronization
package import UsherModel

/// What a message is made of.
package struct RenderRequest: Sendable {
    /// The dedupe key; ids derive from it.
    package var key: DedupeKey
    /// The template's name.
    package var template: String
    /// The rule.
    package var rule: RuleID
    /// What it is about.
    package var kind: MomentKind
    /// Whether it tells that the recipient's own registration is cancelled, not the session.
    package var isOwnCancellation: Bool
    /// When it fell due.
    package var dueAt: Instant
    /// Who it is for.
    package var recipient: Recipient
    /// The recipient's registration; nil for a channel.
    package var attendee: UsherModel.Attendee?
    /// The session, as it is now.
    package var session: SessionMemory
    /// The session as the recipient was told it before.
    package var previous: Session?
    /// The first message that told the recipient of the session.
    package var firstTold: DedupeKey?
    /// What the channel wants.
    package var format: MessageFormat
    /// Where mail goes instead.
    package var divertedTo: Address?

    /// Takes all.
    package init(
        key: DedupeKey, template: String, rule: RuleID, kind: MomentKind, isOwnCancellation: Bool, dueAt: Instant,
        recipient: Recipient, attendee: UsherModel.Attendee?, session: SessionMemory, previous: Session?,
        firstTold: DedupeKey?, format: MessageFormat, divertedTo: Address?
    ) {
        (self.key, self.template, self.rule, self.kind) = (key, template, rule, kind)
        (self.isOwnCancellation, self.dueAt, self.recipient) = (isOwnCancellation, dueAt, recipient)
        (self.attendee, self.session, self.previous, self.firstTold) = (attendee, session, previous, firstTold)
        (self.format, self.divertedTo) = (format, divertedTo)
    }
}

/// Makes messages of deliveries.
package final class MessageRenderer: Sendable {
    private let templates: TemplateSet
    private let job: String
    private let defaultZone: ZoneID?
    private let defaultLanguage: LanguageTag
    private let now: Instant
    private let times: LocalTimes
    /// What many recipients share: the times of a session in a zone and a language.
    private let shared = Mutex<[TimesKey: [String: TemplateValue]]>([:])

    private struct TimesKey: Hashable {
        let start: Instant
        let end: Instant
        let zone: ZoneID
        let language: LanguageTag
    }

    /// Takes what all messages of a run share.
    package init(
        templates: TemplateSet, job: String, defaultZone: ZoneID?, defaultLanguage: LanguageTag, now: Instant,
        zones: TimeZoneDatabase
    ) {
        (self.templates, self.job, self.defaultZone) = (templates, job, defaultZone)
        (self.defaultLanguage, self.now) = (defaultLanguage, now)
        times = LocalTimes(zones: zones)
    }

    /// Renders one message.
    ///
    /// - Throws: ``RenderError``; nothing half rendered ever leaves.
    package func render(_ request: RenderRequest) throws(RenderError) -> Message {
        switch request.format {
        case .mail(let profile): try mail(request, profile)
        case .payload(let mediaType): try payload(request, mediaType)
        }
    }

    private func payload(_ request: RenderRequest, _ mediaType: String) throws(RenderError) -> Message {
        guard let template = templates.payloads[request.template] else { throw unknown(request.template) }
        let language = request.attendee?.language ?? defaultLanguage
        let text = try template.render(context(request, language: language, sender: nil, unsubscribe: nil))
        let bytes = Array(text.utf8)
        if mediaType.hasSuffix("json"), !JSONCheck.isValid(bytes) {
            throw RenderError(
                code: .result, place: template.place, found: "a body that is no JSON",
                next: "Check commas and quotes in the template")
        }
        return Message(
            key: request.key, recipient: request.recipient, content: .payload(mediaType: mediaType, bytes: bytes))
    }

    private func mail(_ request: RenderRequest, _ profile: MailProfile) throws(RenderError) -> Message {
        guard let template = templates.mails[request.template] else { throw unknown(request.template) }
        guard case .person(let address) = request.recipient else {
            throw RenderError(
                code: .template, place: "rule \(request.rule)", found: "mail to a channel, which has no address",
                next: "Use to: attendees, {addresses: […]} or {csv: PATH} with a mail channel")
        }
        let (parts, used) = template.best(for: request.attendee?.language, default: defaultLanguage)
        let language =
            request.attendee?.language.flatMap { $0.lookupOrder.contains(used) ? $0 : nil } ?? LanguageTag(used)
            ?? .english
        let unsubscribe = profile.unsubscribe.first { $0.text.hasPrefix("https://") }?.text
        let context = try context(request, language: language, sender: profile.from, unsubscribe: unsubscribe)
        let subject = Line(cleaning: try parts.subject.render(context))
        let to = Mailbox(name: request.attendee?.name ?? Line(cleaning: ""), address: request.divertedTo ?? address)
        let isOver = request.session.session.end <= now
        let invitation = InvitationRenderer(profile: profile, now: now).render(
            request.session, to: to, isCancellation: request.kind == .canceled, isOver: isOver, language: language)
        let composer = MailComposer(key: request.key, profile: profile, now: now)
        let bytes = composer.compose(
            .init(
                to: to, subject: subject, text: Self.tidied(try parts.text.render(context)),
                html: try parts.html.render(context),
                calendar: invitation, inReplyTo: request.firstTold.flatMap { $0 == request.key ? nil : $0 },
                divertedFrom: request.divertedTo == nil ? nil : address.text))
        guard bytes.count <= Limits.messageBytes else {
            throw RenderError(
                code: .result, place: parts.html.place, found: "a message of \(bytes.count) octets",
                next: "Write a shorter template: at most \(Limits.messageBytes)")
        }
        return Message(
            key: request.key, recipient: request.recipient,
            content: .mail(
                sender: profile.envelopeSender ?? profile.from.address, recipient: request.divertedTo ?? address,
                bytes: bytes))
    }

    /// Sections that fell away leave empty lines: none at either end, one at most between.
    private static func tidied(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false)
        where !line.isEmpty || lines.last?.isEmpty == false { lines.append(line) }
        return lines.joined(separator: "\n")
    }

    private func unknown(_ template: String) -> RenderError {
        RenderError(
            code: .template, place: "template \(template)", found: "it was not loaded",
            next:
                "The delivery was enrolled under another version of the job: name the template in a rule again, or restore it"
        )
    }

    /// The times of a session for a recipient; the few combinations that many share are kept.
    private func values(
        _ start: Instant, _ end: Instant, _ zone: ZoneID, _ language: LanguageTag
    ) throws(RenderError) -> [String: TemplateValue] {
        let key = TimesKey(start: start, end: end, zone: zone, language: language)
        if let known = shared.withLock({ $0[key] }) { return known }
        let values = try times.values(start: start, end: end, zone: zone, language: language, now: now)
        shared.withLock { cache in
            if cache.count >= 256 { cache.removeAll() }
            cache[key] = values
        }
        return values
    }

    // MARK: Context

    private func context(
        _ request: RenderRequest, language: LanguageTag, sender: Mailbox?, unsubscribe: String?
    ) throws(RenderError) -> [String: TemplateValue] {
        let session = request.session.session
        let zone = request.attendee?.zone ?? defaultZone ?? session.zone
        var previous = TemplateValue.null
        var change = TemplateValue.null
        if let old = request.previous {
            var values = try values(old.start, old.end, zone, language)
            values["subject"] = .text(old.subject.text)
            values["joinUrl"] = .optional(old.joinURL?.text)
            previous = .object(values)
            change = .object([
                "isTime": .flag(old.start != session.start || old.end != session.end),
                "isSubject": .flag(old.subject != session.subject), "isLink": .flag(old.joinURL != session.joinURL),
                "isRestored": .flag(old.status == .canceled && session.status == .published),
            ])
        }
        let diverted: TemplateValue =
            request.divertedTo == nil ? .null : .object(["from": .text(request.recipient.label)])
        return [
            "language": .text(language.text), "session": .object(Self.values(of: session, request.session.revision)),
            "time": .object(try values(session.start, session.end, zone, language)), "previous": previous,
            "change": change,
            "attendee": request.attendee.map { .object(Self.values(of: $0)) } ?? .null,
            "moment": .object([
                "kind": .text(request.kind.rawValue), "isRegistration": .flag(request.isOwnCancellation),
                "rule": .text(request.rule.rawValue), "dueIso": .text(request.dueAt.description),
            ]),
            "sender": .object(["name": .optional(sender?.name.text), "email": .optional(sender?.address.text)]),
            "unsubscribe": .object(["url": .optional(unsubscribe)]), "job": .object(["name": .text(job)]),
            "message": .object(["id": .text(request.key.hex)]), "diverted": diverted,
            "event": .object([
                "type": .text(Self.eventType(request, session)), "timestamp": .text(request.dueAt.description),
            ]),
        ]
    }

    /// The event types of webhooks, for each moment.
    private static func eventType(_ request: RenderRequest, _ session: Session) -> String {
        switch request.kind {
        case .announced: "session.announced"
        case .registered: "attendee.registered"
        case .changed: "session.changed"
        case .canceled: "session.canceled"
        case .offset: request.dueAt >= session.end ? "session.ended" : "reminder.due"
        }
    }

    private static func values(of session: Session, _ revision: Int) -> [String: TemplateValue] {
        let lines = session.details.split(separator: "\n", omittingEmptySubsequences: false)
        return [
            "id": .text(session.key.session.rawValue), "eventId": .text(session.key.event.rawValue),
            "subject": .text(session.subject.text), "eventName": .optional(session.eventName.text),
            "details": .optional(session.details),
            "detailLines": .list(session.details.isEmpty ? [] : lines.map { .object(["text": .optional(String($0))]) }),
            "joinUrl": .optional(session.joinURL?.text), "meetingId": .optional(session.meetingID?.text),
            "passcode": .optional(session.passcode?.text), "conferenceId": .optional(session.conferenceID?.text),
            "dialIns": .list(
                session.dialIns.map { .object(["number": .text($0.number.text), "isTollFree": .flag($0.isTollFree)]) }),
            "onDemandUrl": .optional(session.onDemandURL?.text), "presenters": .list(session.presenters.map(value)),
            "kind": .text(session.kind.rawValue), "isWebinar": .flag(session.kind == .webinar),
            "isTownhall": .flag(session.kind == .townhall), "status": .text(session.status.rawValue),
            "audience": .text(session.audience.rawValue),
            "mailsAttendees": session.sourceMailsAttendees.map { .flag($0) } ?? .null,
            "isCanceled": .flag(session.status == .canceled),
            "hasOwnSubject": .flag(session.subject != session.eventName && !session.eventName.isEmpty),
            "revision": .number(revision),
            "durationMinutes": .number(Int((session.end - session.start).components.seconds / 60)),
        ]
    }

    static func value(of presenter: Presenter) -> TemplateValue {
        .object([
            "name": .text(presenter.name.text), "jobTitle": .optional(presenter.jobTitle.text),
            "company": .optional(presenter.company.text),
        ])
    }

    private static func values(of attendee: UsherModel.Attendee) -> [String: TemplateValue] {
        [
            "email": .text(attendee.address.text), "firstName": .optional(attendee.firstName.text),
            "lastName": .optional(attendee.lastName.text), "name": .optional(attendee.name.text),
            "language": .optional(attendee.language?.text), "zone": .optional(attendee.zone?.name),
            "registrationId": .text(attendee.registration.rawValue),
            "answers": .list(
                attendee.answers.map { .object(["question": .text($0.question.text), "answer": .optional($0.answer)]) }),
        ]
    }
}
