package import ICalendar
internal import Synchronization
package import UsherModel
internal import UsherText

/// Makes messages of deliveries.
///
/// What is the same for all recipients of a session in a language and a zone is rendered once; for each, only what is theirs is put in.
package final class MessageRenderer: Sendable {
    private let templates: TemplateSet
    private let job: String
    private let defaultZone: ZoneID?
    private let defaultLanguage: LanguageTag
    private let now: Instant
    private let times: LocalTimes
    private let shared = Mutex(Shared())

    /// What many recipients share.
    private struct Shared {
        var times: [TimesKey: [String: TemplateValue]] = [:]
        var forms: [MessageForm.Key: MessageForm] = [:]
    }

    private struct TimesKey: Hashable {
        let start: Instant
        let end: Instant
        let zone: ZoneID
        let language: LanguageTag
    }

    /// How many forms and times are kept; beyond that, all are made anew.
    private static let kept = 256

    /// Takes what all messages of a run share.
    package init(
        templates: TemplateSet, job: String, defaultZone: ZoneID?, defaultLanguage: LanguageTag, now: Instant,
        zones: TimeZoneDatabase
    ) {
        (self.templates, self.job, self.defaultZone) = (templates, job, defaultZone)
        (self.defaultLanguage, self.now) = (defaultLanguage, now)
        times = LocalTimes(zones: zones, words: templates.words)
    }

    /// Renders one message.
    ///
    /// - Throws: ``RenderError``; nothing half rendered ever leaves.
    package func render(_ request: RenderRequest) throws(RenderError) -> Message {
        let key = MessageForm.Key(request)
        if let message = shared.withLock({ $0.forms[key] })?.message(request) { return try checked(message, request) }
        guard let message = try form(request, isMarked: false).message(request) else {
            throw RenderError(
                code: .template, location: "rule \(request.rule)", problem: "mail to a channel, which has no address",
                next: "Use to: attendees, {addresses: […]} or {csv: PATH} with a mail channel")
        }
        try remember(key, request, as: message)
        return try checked(message, request)
    }

    /// Keeps the form for the next recipients, if it makes of this one what rendering for them alone makes.
    private func remember(_ key: MessageForm.Key, _ request: RenderRequest, as message: Message) throws(RenderError) {
        guard shared.withLock({ $0.forms[key] }) == nil else { return }
        var form = try isShareable(request) ? form(request, isMarked: true) : .none
        if form.message(request) != message { form = .none }
        if case .payload(let pattern, _) = form, !pattern.isJSON { form = .none }
        shared.withLock { [form] shared in
            if shared.forms.count >= Self.kept { shared.forms.removeAll() }
            shared.forms[key] = form
        }
    }

    private func isShareable(_ request: RenderRequest) -> Bool {
        let parts: [TemplatePart]
        switch request.format {
        case .mail:
            parts =
                templates.mails[request.template].map { translated in
                    let content = translated.best(for: request.attendee?.language, default: defaultLanguage).content
                    return [content.subject, content.text, content.html]
                } ?? []
        case .payload: parts = [templates.payloads[request.template]].compactMap { $0 }
        }
        let hasAnswers = request.attendee?.answers.isEmpty == false
        return parts.allSatisfy { $0.isShareable && !($0.showsAnswers && hasAnswers) }
    }

    private func checked(_ message: Message, _ request: RenderRequest) throws(RenderError) -> Message {
        guard message.byteCount <= Limits.messageBytes else {
            throw RenderError(
                code: .result, location: "template \(request.template)",
                problem: "a message of \(message.byteCount) octets",
                next: "Write a shorter template: at most \(Limits.messageBytes)")
        }
        return message
    }

    private func form(_ request: RenderRequest, isMarked: Bool) throws(RenderError) -> MessageForm {
        switch request.format {
        case .mail(let profile): .mail(try mail(request, profile, isMarked: isMarked))
        case .payload(let mediaType): try payload(request, mediaType, isMarked: isMarked)
        }
    }

    private func payload(
        _ request: RenderRequest, _ mediaType: String, isMarked: Bool
    ) throws(RenderError) -> MessageForm {
        guard let template = templates.payloads[request.template] else { throw unknown(request.template) }
        let language = request.attendee?.language ?? defaultLanguage
        let text = try template.render(
            context(request, isMarked: isMarked, language: language, sender: nil, unsubscribe: nil))
        if mediaType.hasSuffix("json"), JSONValue(Array(text.utf8)) == nil {
            throw RenderError(
                code: .result, location: template.location, problem: "a body that is no JSON",
                next: "Check commas and quotes in the template")
        }
        return .payload(isMarked ? Pattern(text) : Pattern(fixed: text), mediaType: mediaType)
    }

    private func mail(
        _ request: RenderRequest, _ profile: MailProfile, isMarked: Bool
    ) throws(RenderError) -> MailForm {
        guard let template = templates.mails[request.template] else { throw unknown(request.template) }
        let (parts, used) = template.best(for: request.attendee?.language, default: defaultLanguage)
        let language =
            request.attendee?.language.flatMap { $0.lookupOrder.contains(used) ? $0 : nil } ?? LanguageTag(used)
            ?? .english
        let unsubscribe = profile.unsubscribe.first { $0.text.hasPrefix("https://") }?.text
        let context = try context(
            request, isMarked: isMarked, language: language, sender: profile.from, unsubscribe: unsubscribe)
        func pattern(_ text: String) -> Pattern { isMarked ? Pattern(text) : Pattern(fixed: text) }
        let invitation = InvitationRenderer(profile: profile, words: templates.words[language], now: now).render(
            request.session, isCancellation: request.kind == .canceled, isOver: request.session.session.end <= now)
        return MailForm(
            composer: MailComposer(profile: profile, now: now),
            sender: profile.envelopeSender ?? profile.from.address,
            subject: pattern(try parts.subject.render(context)),
            text: EncodedPattern(pattern(Self.tidied(try parts.text.render(context)))),
            html: EncodedPattern(pattern(marked(try parts.html.render(context), request, context, isMarked))),
            invitation: invitation)
    }

    /// The HTML with what mail programs read of it; not once the session is over, nor for those who did not register.
    private func marked(
        _ html: String, _ request: RenderRequest, _ context: [String: TemplateValue], _ isMarked: Bool
    ) -> String {
        guard request.attendee != nil, request.session.session.end > now, case .object(let times)? = context["time"],
            case .text(let start)? = times["startIso"], case .text(let end)? = times["endIso"]
        else { return html }
        return ReservationMarkup(
            session: request.session.session,
            isCanceled: request.kind == .canceled || request.session.session.status == .canceled, start: start,
            end: end,
            personal: PersonalValues(request: request, isMarked: isMarked)
        ).put(into: html)
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
            code: .template, location: "template \(template)", problem: "it was not loaded",
            next:
                "The delivery was enrolled under another version of the job: name the template in a rule again, or restore it"
        )
    }

    private func context(
        _ request: RenderRequest, isMarked: Bool, language: LanguageTag, sender: Mailbox?, unsubscribe: String?
    ) throws(RenderError) -> [String: TemplateValue] {
        let zone = request.attendee?.zone ?? defaultZone ?? request.session.session.zone
        let context = MessageContext(
            request: request, personal: PersonalValues(request: request, isMarked: isMarked), job: job,
            language: language, sender: sender, unsubscribe: unsubscribe)
        return try context.values { start, end throws(RenderError) in try values(start, end, zone, language) }
    }

    /// The times of a session for a recipient; the few combinations that many share are kept.
    private func values(
        _ start: Instant, _ end: Instant, _ zone: ZoneID, _ language: LanguageTag
    ) throws(RenderError) -> [String: TemplateValue] {
        let key = TimesKey(start: start, end: end, zone: zone, language: language)
        if let known = shared.withLock({ $0.times[key] }) { return known }
        let values = try times.values(start: start, end: end, zone: zone, language: language, now: now)
        shared.withLock { shared in
            if shared.times.count >= Self.kept { shared.times.removeAll() }
            shared.times[key] = values
        }
        return values
    }
}
