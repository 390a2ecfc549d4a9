internal import UsherModel

/// The values that templates can name: docs/templates.md.
struct MessageContext {
    let request: RenderRequest
    let personal: PersonalValues
    let job: String
    let language: LanguageTag
    let sender: Mailbox?
    let unsubscribe: String?

    /// All values.
    ///
    /// - Parameter times: The words for a start and an end, in the recipient's zone and language.
    /// - Returns: The values by name.
    /// - Throws: What `times` throws.
    func values(
        _ times: (_ start: Instant, _ end: Instant) throws(RenderError) -> [String: TemplateValue]
    ) throws(RenderError) -> [String: TemplateValue] {
        let session = request.session.session
        var previous = TemplateValue.null
        var change = TemplateValue.null
        if let old = request.previous {
            var values = try times(old.start, old.end)
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
            request.divertedTo == nil ? .null : .object(["from": .text(personal[.recipient])])
        return [
            "language": .text(language.text), "session": .object(Self.values(of: session, request.session.revision)),
            "time": .object(try times(session.start, session.end)), "previous": previous,
            "change": change,
            "attendee": request.attendee.map { .object(values(of: $0)) } ?? .null,
            "moment": .object([
                "kind": .text(request.kind.rawValue), "isRegistration": .flag(request.isOwnCancellation),
                "rule": .text(request.rule.rawValue), "dueIso": .text(personal[.dueAt]),
            ]),
            "sender": .object(["name": .optional(sender?.name.text), "email": .optional(sender?.address.text)]),
            "unsubscribe": .object(["url": .optional(unsubscribe)]), "job": .object(["name": .text(job)]),
            "message": .object(["id": .text(personal[.message])]), "diverted": diverted,
            "event": .object([
                "type": .text(eventType), "timestamp": .text(personal[.dueAt]),
            ]),
        ]
    }

    /// The event types of webhooks, for each moment.
    private var eventType: String {
        switch request.kind {
        case .announced: "session.announced"
        case .registered: "attendee.registered"
        case .changed: "session.changed"
        case .canceled: "session.canceled"
        case .offset: request.isAtOrAfterEnd ? "session.ended" : "reminder.due"
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
            "onDemandUrl": .optional(session.onDemandURL?.text),
            "presenters": .list(session.presenters.map(Self.value)),
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

    private func values(of attendee: UsherModel.Attendee) -> [String: TemplateValue] {
        [
            "email": .text(personal[.email]), "firstName": .optional(personal[.firstName]),
            "lastName": .optional(personal[.lastName]), "name": .optional(personal[.name]),
            "language": .optional(attendee.language?.text), "zone": .optional(attendee.zone?.name),
            "registrationId": .text(personal[.registration]), "calendarUrl": .optional(personal[.calendar]),
            "answers": .list(
                attendee.answers.map { .object(["question": .text($0.question.text), "answer": .optional($0.answer)]) }),
        ]
    }
}
