package import ICalendar
internal import Synchronization
package import UsherModel
internal import UsherText

/// Renders the messages of deliveries.
///
/// What all recipients of a session in one language and zone have in common is rendered once; personal values are inserted for each.
package final class MessageRenderer: Sendable {
    private let templates: TemplateSet
    private let job: String
    private let defaultZone: ZoneID?
    private let defaultLanguage: LanguageTag
    private let now: Instant
    private let localTimes: LocalTimes
    private let shared = Mutex(Shared())

    /// What many recipients share, cached.
    private struct Shared {
        var times: [TimesKey: SessionTimes] = [:]
        var forms: [MessageForm.Key: MessageForm] = [:]
    }

    private struct TimesKey: Hashable {
        let start: Instant
        let end: Instant
        let zone: ZoneID
        let language: LanguageTag
    }

    /// How many forms, and how many times, are cached; a full cache is emptied.
    private static let maximumCached = 256

    package init(
        templates: TemplateSet, job: String, defaultZone: ZoneID?, defaultLanguage: LanguageTag, now: Instant,
        zones: TimeZoneDatabase
    ) {
        (self.templates, self.job, self.defaultZone) = (templates, job, defaultZone)
        (self.defaultLanguage, self.now) = (defaultLanguage, now)
        localTimes = LocalTimes(zones: zones, words: templates.words)
    }

    /// Renders one message.
    ///
    /// - Throws: ``RenderError``; a message is complete or there is none.
    package func render(_ request: RenderRequest) throws(RenderError) -> Message {
        let key = readings(request).flatMap { MessageForm.Key(request, $0) }
        let known = key.flatMap { key in shared.withLock { $0.forms[key] } }
        if let message = known?.message(request) { return try checked(message, request) }
        guard let message = try form(request, isMarked: false).message(request) else {
            throw RenderError(
                code: .template, location: "rule \(request.rule)",
                problem: "a mail channel cannot send to a channel, which has no address",
                next: "Use to: attendees, {addresses: […]} or {csv: PATH} with a mail channel")
        }
        if let key, known == nil { remember(key, request, as: message) }
        return try checked(message, request)
    }

    /// Caches the form for the next recipients, if it gives this recipient the same message as rendering for them alone.
    private func remember(_ key: MessageForm.Key, _ request: RenderRequest, as message: Message) {
        // If a name looks like a mark, the comparison proves nothing: the next recipient may serve.
        guard PersonalValues(request: request, isMarked: false).isPlain else { return }
        var form = MessageForm.none
        do throws(RenderError) {
            form = try self.form(request, isMarked: true)
        } catch {
            // Marks can make a text wrong that is right without them, such as a number in JSON: then nobody shares it.
        }
        if form.message(request) != message { form = .none }
        if case .payload(let pattern, _) = form, !pattern.isJSON { form = .none }
        shared.withLock { [form] shared in
            if shared.forms.count >= Self.maximumCached { shared.forms.removeAll() }
            shared.forms[key] = form
        }
    }

    /// What the request's template reads of what differs between recipients; nil if each message is rendered for itself.
    private func readings(_ request: RenderRequest) -> PersonalReadings? {
        switch request.format {
        case .mail:
            return templates.mails[request.template]?.best(for: request.attendee?.language, default: defaultLanguage)
                .content.readings
        case .payload:
            // Texts for a chat are cut with their values in them.
            guard let template = templates.payloads[request.template], template.chat == nil else { return nil }
            return template.readings
        }
    }

    private func checked(_ message: Message, _ request: RenderRequest) throws(RenderError) -> Message {
        guard message.byteCount <= Limits.messageBytes else {
            throw RenderError(
                code: .result, location: "template \(request.template)",
                problem: "the message has \(message.byteCount) bytes",
                next: "Shorten the template: \(Limits.messageBytes) bytes are allowed")
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
        var language = request.attendee?.language ?? defaultLanguage
        // Between words of another language, times in this one would be of no use to a reader.
        if template.chat != nil { language = templates.words.bestLanguage(for: language, default: defaultLanguage) }
        let text = try template.render(
            context(request, isMarked: isMarked, language: language, sender: nil).values)
        if let chat = template.chat {
            guard let body = ChatBody(text, for: chat) else { throw notJSON(template) }
            return .payload(Pattern(fixed: body.bytes), mediaType: mediaType)
        }
        if mediaType.hasSuffix("json"), JSONValue(Array(text.utf8)) == nil { throw notJSON(template) }
        return .payload(isMarked ? Pattern(text) : Pattern(fixed: text), mediaType: mediaType)
    }

    private func notJSON(_ template: TemplatePart) -> RenderError {
        RenderError(
            code: .result, location: template.location, problem: "the body is not valid JSON",
            next: "Check commas and quotes in the template")
    }

    private func mail(
        _ request: RenderRequest, _ profile: MailProfile, isMarked: Bool
    ) throws(RenderError) -> MailForm {
        guard let template = templates.mails[request.template] else { throw unknown(request.template) }
        let (parts, used) = template.best(for: request.attendee?.language, default: defaultLanguage)
        let language =
            request.attendee?.language.flatMap { $0.textOrder.contains(used) ? $0 : nil } ?? LanguageTag(used)
            ?? .english
        let invitation = InvitationRenderer(profile: profile, words: templates.words[language], now: now).render(
            request.session, sequence: request.sequence, isCancellation: request.kind == .canceled,
            isOver: request.session.session.end <= now)
        let context = try context(
            request, isMarked: isMarked, language: language, sender: profile.from,
            updatesCalendar: invitation.map { $0.method != .publish } ?? false)
        let values = context.values
        func pattern(_ text: String) -> Pattern { isMarked ? Pattern(text) : Pattern(fixed: text) }
        return MailForm(
            composer: MailComposer(profile: profile, language: LanguageTag(used) ?? .english, now: now),
            sender: profile.envelopeSender ?? profile.from.address,
            subject: pattern(try parts.subject.render(values)),
            text: EncodedPattern(pattern(Self.tidied(try parts.text.render(values)))),
            html: EncodedPattern(pattern(marked(try parts.html.render(values), context))),
            invitation: invitation)
    }

    /// Adds the markup that mail programs read, unless the session is over or the recipient did not register.
    private func marked(_ html: String, _ context: MessageContext) -> String {
        let request = context.request
        let session = request.session.session
        guard request.attendee != nil, session.end > now else { return html }
        return ReservationMarkup(
            session: session, isCanceled: request.kind == .canceled || session.status == .canceled,
            start: context.time.startISO, end: context.time.endISO, personal: context.personal
        ).put(into: html)
    }

    /// Removes the empty lines that sections without content leave: none at the start, at most one between paragraphs.
    private static func tidied(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false)
        where !line.isEmpty || lines.last?.isEmpty == false { lines.append(line) }
        return lines.joined(separator: "\n")
    }

    private func unknown(_ template: String) -> RenderError {
        RenderError(
            code: .template, location: "template \(template)", problem: "the template was not loaded",
            next:
                "The delivery was enrolled under another version of the job: name the template in a rule again, or restore it"
        )
    }

    private func context(
        _ request: RenderRequest, isMarked: Bool, language: LanguageTag, sender: Mailbox?,
        updatesCalendar: Bool = false
    ) throws(RenderError) -> MessageContext {
        let zone = request.attendee?.zone ?? defaultZone ?? request.session.session.zone
        var previousTime: SessionTimes?
        if let previous = request.previous { previousTime = try times(of: previous, zone, language) }
        return MessageContext(
            request: request, personal: PersonalValues(request: request, isMarked: isMarked), job: job,
            language: language, words: templates.words[language], sender: sender,
            updatesCalendar: updatesCalendar, time: try times(of: request.session.session, zone, language),
            previousTime: previousTime)
    }

    /// The times of a session for a recipient; the few combinations that many recipients share are cached.
    private func times(
        of session: Session, _ zone: ZoneID, _ language: LanguageTag
    ) throws(RenderError) -> SessionTimes {
        let key = TimesKey(start: session.start, end: session.end, zone: zone, language: language)
        if let cached = shared.withLock({ $0.times[key] }) { return cached }
        let times = try localTimes.times(
            start: session.start, end: session.end, zone: zone, language: language, now: now)
        shared.withLock { shared in
            if shared.times.count >= Self.maximumCached { shared.times.removeAll() }
            shared.times[key] = times
        }
        return times
    }
}
