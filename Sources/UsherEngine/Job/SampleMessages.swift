internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherRender

/// Messages about a session that does not exist, to see what a rule would send.
struct SampleMessages {
    let job: ConfiguredJob
    let now: Instant

    /// How much is known of the session and of the recipient.
    enum Detail: Hashable, CaseIterable {
        /// Everything that a template can show.
        case full
        /// What every session has that people can join.
        case minimal
    }

    /// Whom a sample is for.
    struct Reader {
        /// Nil where the message is for the channel itself.
        let address: Address?
        let language: LanguageTag?
    }

    /// One message of a rule.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - channel: Its channel.
    ///   - format: What the channel carries.
    ///   - reader: The recipient, unless the rule is for the channel itself.
    ///   - detail: How much is known.
    ///   - id: The id of the message.
    ///   - title: The session's subject.
    /// - Returns: The request to render, and the time as of which to render it.
    /// - Throws: ``RenderError`` never in practice: where a sample cannot be made.
    func request(
        _ rule: Rule, _ channel: ConfiguredChannel, _ format: MessageFormat, _ reader: Reader, _ detail: Detail,
        id: DeliveryID, title: String = "Sample session"
    ) throws(RenderError) -> (RenderRequest, at: Instant) {
        let session = try session(detail, title, hasRecording: rule.needsRecording || detail == .full)
        let kind = Self.kind(of: rule.when)
        let dueAt = Self.dueAt(rule.when, session, now)
        var previous: Session?
        if kind == .changed {
            var old = session
            (old.start, old.end) = (old.start - .seconds(3600), old.end - .seconds(3600))
            previous = old
        }
        let address = rule.audience == .channel ? nil : reader.address
        var request = RenderRequest(
            id: id, template: rule.template, rule: rule.id, kind: kind, isOwnCancellation: false, dueAt: dueAt,
            recipient: address.map { .person($0) } ?? .channel(channel.name),
            attendee: address.map { attendee($0, reader.language, detail, session.key.event) },
            session: SessionMemory(
                session: session, revision: previous == nil ? 0 : 1, revisedAt: now, firstSeenAt: now),
            previous: previous, firstTold: nil, format: format, divertedTo: job.divert?.mail)
        if detail == .full, address != nil { request.calendarURL = "https://example.com/calendar.ics" }
        return (request, dueAt)
    }

    private static func kind(of when: When) -> MomentKind {
        switch when {
        case .announced: .announced
        case .registered: .registered
        case .changed: .changed
        case .canceled: .canceled
        case .offset: .offset
        }
    }

    private static func dueAt(_ when: When, _ session: Session, _ now: Instant) -> Instant {
        switch when {
        case .announced, .registered, .changed, .canceled: now
        case .offset(let offset): offset.instant(in: session)
        }
    }

    private func attendee(
        _ address: Address, _ language: LanguageTag?, _ detail: Detail, _ event: EventID
    ) -> UsherModel.Attendee {
        var attendee = UsherModel.Attendee(
            registration: RegistrationID(rawValue: "sample"), event: event, address: address)
        attendee.language = language
        guard detail == .full else { return attendee }
        (attendee.firstName, attendee.lastName) = (Line(cleaning: "Jana"), Line(cleaning: "Sample"))
        attendee.answers = [QuestionAnswer(question: Line(cleaning: "Company"), answer: "Contoso")]
        return attendee
    }

    private func session(_ detail: Detail, _ title: String, hasRecording: Bool) throws(RenderError) -> Session {
        let tomorrow = now + .seconds(86_400)
        let start = Instant(secondsSince1970: tomorrow.secondsSince1970 / 3600 * 3600)
        var session = Session(
            key: SessionKey(event: EventID(rawValue: "sample"), session: SessionID(rawValue: "sample")),
            subject: Line(cleaning: title), start: start, end: start + .seconds(3600),
            zone: job.definition.defaultZone ?? .utc, joinURL: try Self.link("https://example.com/join/sample"),
            status: .published)
        if hasRecording { session.onDemandURL = try Self.link("https://example.com/recording/sample") }
        guard detail == .full else { return session }
        session.eventName = Line(cleaning: "Sample event")
        session.details = "This session does not exist."
        session.meetingID = Line(cleaning: "382 114 905 27")
        session.passcode = Line(cleaning: "sK7pQ2")
        session.dialIns = [DialIn(number: Line(cleaning: "+49 69 555 0142"), isTollFree: false)]
        session.conferenceID = Line(cleaning: "447 100 21")
        session.presenters = [
            Presenter(
                name: Line(cleaning: "Ada Sample"), jobTitle: Line(cleaning: "Engineer"),
                company: Line(cleaning: "Contoso"))
        ]
        return session
    }

    private static func link(_ text: String) throws(RenderError) -> JoinURL {
        do throws(JoinURL.Problem) {
            return try JoinURL(text)
        } catch {
            throw RenderError(code: .result, location: text, problem: error.reason, next: "This is a defect: report it")
        }
    }
}

/// Renders a sample of every message that the rules can send, for `usher check`.
struct TemplateTrial {
    let job: ConfiguredJob
    let now: Instant

    /// What came of it.
    struct Result {
        /// The number of messages.
        var count = 0
        /// Why a template cannot be rendered.
        var errors: [String] = []
        /// Why a template cannot be rendered for sessions and people of whom little is known.
        var warnings: [String] = []
    }

    func run() -> Result {
        var result = Result()
        for rule in job.table.rules {
            guard let channel = job.channel(of: rule) else { continue }
            for language in languages(of: rule, channel) {
                let full = problem(rule, channel, language, .full)
                result.count += 1
                if let full {
                    if !result.errors.contains(full) { result.errors.append(full) }
                } else if let missing = problem(rule, channel, language, .minimal) {
                    let text = "\(missing). Not every session and recipient has it"
                    if !result.warnings.contains(text) { result.warnings.append(text) }
                }
            }
        }
        return result
    }

    /// The languages in which a rule's messages can be; nil stands for the job's own.
    private func languages(of rule: Rule, _ channel: ConfiguredChannel) -> [LanguageTag?] {
        switch channel.format {
        case .mail: [nil] + job.templates.languages(ofMail: rule.template).compactMap { LanguageTag($0) }
        case .payload: [nil]
        }
    }

    private func problem(
        _ rule: Rule, _ channel: ConfiguredChannel, _ language: LanguageTag?, _ detail: SampleMessages.Detail
    ) -> String? {
        do throws(RenderError) {
            let reader = SampleMessages.Reader(address: try Self.address(), language: language)
            let (request, at) = try SampleMessages(job: job, now: now).request(
                rule, channel, channel.format, reader, detail,
                id: DeliveryID(DedupeKey(["check", rule.id.rawValue, language?.text ?? ""])))
            _ = try job.renderer(at: at).render(request)
            return nil
        } catch {
            return error.description
        }
    }

    private static func address() throws(RenderError) -> Address {
        do throws(Address.Problem) {
            return try Address("jana@example.com")
        } catch {
            throw RenderError(code: .result, location: "sample", problem: error.description, next: "Report it")
        }
    }
}
