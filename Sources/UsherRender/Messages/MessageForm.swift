internal import UsherModel

/// A message to many recipients, rendered once, with places for what is personal.
enum MessageForm: Sendable {
    case mail(MailForm)
    case payload(Pattern, mediaType: String)
    /// Each message has to be rendered for itself.
    case none

    /// The message for one recipient; nil if there is no form.
    func message(_ request: RenderRequest) -> Message? {
        let values = PersonalValues(request: request, isMarked: false)
        switch self {
        case .none: return nil
        case .mail(let form): return form.message(values)
        case .payload(let pattern, let mediaType):
            return Message(
                id: request.id, recipient: request.recipient,
                content: .payload(mediaType: mediaType, bytes: pattern.bytes(values)))
        }
    }

    /// Messages with the same key share a form.
    struct Key: Hashable {
        private let session: SessionMemory
        private let template: String
        private let rule: RuleID
        private let kind: MomentKind
        private let isOwnCancellation: Bool
        private let sequence: Int
        private let isAtOrAfterEnd: Bool
        private let previous: Session?
        private let format: MessageFormat
        private let divertedTo: Address?
        private let language: LanguageTag?
        private let zone: ZoneID?
        private let presence: UInt8
        /// What the template reads of the attendee and has no mark.
        private let values: [String: TemplateValue]

        /// Creates the key of a request; nil if the template transforms what differs between recipients.
        init?(_ request: RenderRequest, _ readings: PersonalReadings) {
            guard let values = readings.shared(request) else { return nil }
            self.values = values
            (session, template, rule, kind) = (request.session, request.template, request.rule, request.kind)
            (isOwnCancellation, isAtOrAfterEnd) = (request.isOwnCancellation, request.isAtOrAfterEnd)
            sequence = request.sequence
            (previous, format, divertedTo) = (request.previous, request.format, request.divertedTo)
            (language, zone) = (request.attendee?.language, request.attendee?.zone)
            presence = PersonalValues(request: request, isMarked: false).presence
        }

        /// Hashes what usually differs; hashing whole sessions would cost more than the few collisions.
        func hash(into hasher: inout Hasher) {
            hasher.combine(session.session.key)
            hasher.combine(session.revision)
            hasher.combine(template)
            hasher.combine(rule)
            hasher.combine(language)
            hasher.combine(zone)
            hasher.combine(presence)
        }
    }
}

/// A mail without its recipient.
struct MailForm: Sendable {
    let composer: MailComposer
    let sender: Address
    let subject: Pattern
    let text: EncodedPattern
    let html: EncodedPattern
    let invitation: Invitation?

    func message(_ values: PersonalValues) -> Message? {
        let request = values.request
        guard case .person(let address) = request.recipient else { return nil }
        let to = Mailbox(name: request.attendee?.name ?? Line(cleaning: ""), address: request.divertedTo ?? address)
        let title = String(decoding: self.subject.bytes(values), as: UTF8.self)
        let subject = Line(cleaning: request.isTest ? "[Test] \(Line(cleaning: title))" : title)
        let bytes = composer.compose(
            .init(
                id: request.id, to: to, subject: subject, text: text, html: html,
                values: values, calendar: invitation.map { ($0.bytes(to: to), $0.method) },
                inReplyTo: request.firstTold.flatMap { $0 == request.id ? nil : $0 },
                divertedFrom: request.divertedTo == nil ? nil : address.text))
        var message = Message(
            id: request.id, recipient: request.recipient,
            content: .mail(sender: sender, recipient: to.address, bytes: bytes))
        message.subject = subject
        return message
    }
}
