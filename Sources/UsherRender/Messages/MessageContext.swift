internal import UsherModel

/// The values that message templates can use.
struct MessageContext: PersonalSource {
    let request: RenderRequest
    let personal: PersonalValues
    let job: String
    let language: LanguageTag
    /// The program's own, in that language.
    let words: Words
    let sender: Mailbox?
    /// Whether the mail carries a calendar object that does not have to be added by hand.
    let updatesCalendar: Bool
    /// In the recipient's zone and language.
    let time: SessionTimes
    /// Of the session as the recipient was last told it.
    let previousTime: SessionTimes?

    /// The values by name.
    var values: [String: TemplateValue] { Self.schema.values(of: self) }

    static let schema = Schema<MessageContext>([
        .text("language", "en", "of the message") { $0.language.text },
        .object("session", "", SessionContext.schema) { $0.request.session },
        .object("time", "start and end, in the recipient's zone and language", SessionTimes.schema) { $0.time },
        .object("previous", "what the recipient was told before", PreviousSession.schema) { PreviousSession($0) },
        .object("change", "what is different from `previous`", PreviousSession.changes) { PreviousSession($0) },
        .object("attendee", "no value for a channel", AttendeeContext.schema) { context in
            context.request.attendee.map { AttendeeContext(attendee: $0, personal: context.personal) }
        },
        .object(
            "moment", "",
            Schema<MessageContext>([
                .text("kind", "changed", "`announced`, `registered`, `changed`, `canceled` or `offset`") {
                    $0.request.kind.rawValue
                },
                .flag("isRegistration", false, "whether the recipient's own registration was canceled") {
                    $0.request.isOwnCancellation
                },
                .flag("updatesCalendar", true, "whether the mail updates the recipient's calendar") {
                    $0.updatesCalendar
                },
                .text("rule", "rule", "the rule of the job") { $0.request.rule.rawValue },
                .personal("dueIso", .dueAt, "2026-12-08T14:00:00Z", "when the message fell due"),
            ])
        ) { $0 },
        .object(
            "event", "for webhooks",
            Schema<MessageContext>([
                .text(
                    "type", "session.changed",
                    "`session.announced`, `session.changed`, `session.canceled`, `attendee.registered`, `reminder.due` or `session.ended`"
                ) { $0.eventType },
                .personal("timestamp", .dueAt, "2026-12-08T14:00:00Z", "the same as `moment.dueIso`"),
            ])
        ) { $0 },
        .object(
            "sender", "mail only",
            Schema<MessageContext>([
                .text("name", "Contoso Events", "") { $0.sender?.name.text },
                .text("email", "events@contoso.example", "") { $0.sender?.address.text },
            ])
        ) { $0 },
        .object(
            "unsubscribe", "",
            Schema<MessageContext>([
                .personal("url", .unsubscribe, "https://contoso.example/unsubscribe", "of the channel, if it has one")
            ])
        ) { $0 },
        .object("words", "the program's own words, in the language of the message", Words.schema) { $0.words },
        .object("job", "", Schema<MessageContext>([.text("name", "sample", "") { $0.job }])) { $0 },
        .object(
            "message", "",
            Schema<MessageContext>([
                .personal("id", .message, "5f0e1b…", "the same for every attempt to send it")
            ])
        ) { $0 },
        .object(
            "diverted", "only if the job diverts its messages",
            Schema<MessageContext>([
                .personal("from", .recipient, "jana@example.com", "who would have received it")
            ])
        ) { $0.request.divertedTo == nil ? nil : $0 },
    ])

    /// The type of a webhook's event, for each kind of moment.
    private var eventType: String {
        switch request.kind {
        case .announced: "session.announced"
        case .registered: "attendee.registered"
        case .changed: "session.changed"
        case .canceled: "session.canceled"
        case .offset: request.isAtOrAfterEnd ? "session.ended" : "reminder.due"
        }
    }
}

/// A session as the recipient was last told it, beside what it is now.
private struct PreviousSession {
    let old: Session
    let new: Session
    let time: SessionTimes

    init?(_ context: MessageContext) {
        guard let old = context.request.previous, let time = context.previousTime else { return nil }
        (self.old, new, self.time) = (old, context.request.session.session, time)
    }

    static let schema = Schema<PreviousSession>(
        SessionTimes.schema.fields { $0.time } + [
            .text("subject", "Roof fundamentals", "") { $0.old.subject.text },
            .text("joinUrl", "https://teams.microsoft.com/l/meetup-join/0", "") { $0.old.joinURL?.text },
        ])

    static let changes = Schema<PreviousSession>([
        .flag("isTime", true, "") { $0.old.start != $0.new.start || $0.old.end != $0.new.end },
        .flag("isSubject", true, "") { $0.old.subject != $0.new.subject },
        .flag("isLink", true, "") { $0.old.joinURL != $0.new.joinURL },
        .flag("isRestored", false, "canceled before, and now published again") {
            $0.old.status == .canceled && $0.new.status == .published
        },
    ])
}

/// What templates can use of an attendee: personal values are marks while a form for many recipients is rendered.
struct AttendeeContext: PersonalSource {
    let attendee: UsherModel.Attendee
    let personal: PersonalValues

    private static let answer = Schema<QuestionAnswer>([
        .text("question", "Do you own a roof?", "") { $0.question.text },
        .text("answer", "Yes", "") { $0.answer },
    ])

    static let schema = Schema<AttendeeContext>([
        .personal("email", .email, "jana@example.com"),
        .personal("firstName", .firstName, "Jana"),
        .personal("lastName", .lastName, "Schäfer"),
        .personal("name", .name, "Jana Schäfer"),
        .text("language", "en", "only if the attendee states one") { $0.attendee.language?.text },
        .text("zone", "Europe/Berlin", "only if the attendee states one") { $0.attendee.zone?.name },
        .personal("registrationId", .registration, "r1"),
        .personal(
            "calendarUrl", .calendar, "https://www.contoso.com/me/5kq2.ics",
            "the attendee's own calendar, if the job publishes one for each "
                + "([publications](publications.md#a-calendar-for-each-attendee))"),
        .list("answers", "to the questions of the registration form", of: answer) { $0.attendee.answers },
    ])
}
