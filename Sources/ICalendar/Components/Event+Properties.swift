extension Event {
    /// The start (RFC 5545 §3.8.2.4).
    public var start: EventTime? {
        get { properties.first(.dtstart).flatMap(EventTime.init) }
        set { properties.replace(.dtstart, with: newValue.map { [$0.property(.dtstart)] } ?? []) }
    }

    /// The end, exclusive (RFC 5545 §3.8.2.2).
    public var end: EventTime? {
        get { properties.first(.dtend).flatMap(EventTime.init) }
        set { properties.replace(.dtend, with: newValue.map { [$0.property(.dtend)] } ?? []) }
    }

    /// The duration, an alternative to ``end`` (RFC 5545 §3.8.2.5).
    public var duration: CalendarDuration? {
        get { properties.duration(.duration) }
        set { properties.set(.duration, newValue.map(Value.duration)) }
    }

    /// The occurrence of a recurring event that this event overrides (RFC 5545 §3.8.4.4).
    public var recurrenceID: EventTime? {
        get { properties.first(.recurrenceID).flatMap(EventTime.init) }
        set { properties.replace(.recurrenceID, with: newValue.map { [$0.property(.recurrenceID)] } ?? []) }
    }

    /// Whether it overrides an occurrence, be it one that cannot be read.
    public var isOverride: Bool { properties.first(.recurrenceID) != nil }

    /// Whether it also overrides all later occurrences (RFC 5545 §3.2.13).
    var isForFuture: Bool {
        properties.first(.recurrenceID)?.parameter(.range).map(Token.word) == "THISANDFUTURE"
    }

    /// The recurrence rule; nil if there is none, or one that cannot be parsed (RFC 5545 §3.8.5.3).
    public var recurrenceRule: RecurrenceRule? {
        get {
            guard case .recurrence(let rule)? = properties.first(.rrule)?.value else { return nil }
            return rule
        }
        set { properties.set(.rrule, newValue.map(Value.recurrence)) }
    }

    /// The title (RFC 5545 §3.8.1.12).
    public var summary: String? {
        get { properties.text(.summary) }
        set { properties.set(.summary, newValue.map(Value.text)) }
    }

    /// The description, as plain text (RFC 5545 §3.8.1.5).
    public var description: String? {
        get { properties.text(.description) }
        set { properties.set(.description, newValue.map(Value.text)) }
    }

    /// The location (RFC 5545 §3.8.1.7).
    public var location: String? {
        get { properties.text(.location) }
        set { properties.set(.location, newValue.map(Value.text)) }
    }

    /// A web page, which many clients show as the link of the event (RFC 5545 §3.8.4.6).
    public var url: String? {
        get { properties.uri(.url) }
        set { properties.set(.url, newValue.map(Value.uri)) }
    }

    /// The revision number: starts at 0 and increases with every significant change (RFC 5545 §3.8.7.4, RFC 5546
    /// §2.1.4).
    public var sequence: Int? {
        get { properties.integer(.sequence) }
        set { properties.set(.sequence, newValue.map(Value.integer)) }
    }

    /// When the event was last modified (RFC 5545 §3.8.7.3).
    public var lastModified: UTCDateTime? {
        get { properties.instant(.lastModified) }
        set { properties.set(.lastModified, newValue.map(Value.utcDateTime)) }
    }

    /// When the event was created (RFC 5545 §3.8.7.1).
    public var created: UTCDateTime? {
        get { properties.instant(.created) }
        set { properties.set(.created, newValue.map(Value.utcDateTime)) }
    }

    /// The status; nil if it is absent or another value (RFC 5545 §3.8.1.11).
    ///
    /// The American spelling CANCELED, which is not in the RFC, counts as canceled: ``hasMisspelledStatus``.
    public var status: Status? {
        get {
            properties.word(.status).flatMap { $0 == Self.americanCancelled ? .cancelled : Status(rawValue: $0) }
        }
        set { properties.set(.status, (newValue?.rawValue).map(Value.text)) }
    }

    /// Whether ``status`` was understood although the RFC spells it otherwise.
    public var hasMisspelledStatus: Bool { properties.word(.status) == Self.americanCancelled }

    private static let americanCancelled = "CANCELED"

    /// Whether it blocks time; absent means opaque (RFC 5545 §3.8.2.7).
    public var transparency: Transparency? {
        get { properties.word(.transparency).flatMap(Transparency.init) }
        set { properties.set(.transparency, (newValue?.rawValue).map(Value.text)) }
    }

    /// The access classification; absent means public (RFC 5545 §3.8.1.3).
    public var classification: Classification? {
        get { properties.word(.classification).flatMap(Classification.init) }
        set { properties.set(.classification, (newValue?.rawValue).map(Value.text)) }
    }

    /// The categories of all CATEGORIES properties (RFC 5545 §3.8.1.2).
    ///
    /// Setting them writes one property.
    public var categories: [String] {
        get { properties.all(.categories).flatMap(Self.texts) }
        set { properties.set(.categories, newValue.isEmpty ? nil : .textList(newValue)) }
    }

    /// The color; nil if it is absent or not a CSS3 name (RFC 7986 §5.9).
    public var color: ColorName? {
        get { properties.color }
        set { properties.color = newValue }
    }

    /// The organizer (RFC 5545 §3.8.4.3).
    public var organizer: Organizer? {
        get { properties.first(.organizer).flatMap(Organizer.init) }
        set { properties.replace(.organizer, with: newValue.map { [$0.property] } ?? []) }
    }

    /// The attendees, in order (RFC 5545 §3.8.4.1).
    public var attendees: [Attendee] {
        get { properties.all(.attendee).compactMap { Attendee($0) } }
        set { properties.replace(.attendee, with: newValue.map(\.property)) }
    }

    /// The links to join the meeting, in order (RFC 7986 §5.11).
    public var conferences: [Conference] {
        get { properties.all(.conference).compactMap(Conference.init) }
        set { properties.replace(.conference, with: newValue.map(\.property)) }
    }

    /// The Teams join link for Outlook's button, X-MICROSOFT-SKYPETEAMSMEETINGURL.
    ///
    /// The value is TEXT (RFC 5545 §3.8.8.2) because clients expect the property without VALUE; Teams links contain
    /// nothing that TEXT would escape.
    public var teamsMeetingURL: String? {
        get { properties.text(.xMicrosoftTeamsMeetingURL) }
        set { properties.set(.xMicrosoftTeamsMeetingURL, newValue.map(Value.text)) }
    }

    private static func texts(of property: Property) -> [String] {
        property.value.each.compactMap {
            if case .text(let text) = $0 { text } else { nil }
        }
    }
}

extension Event {
    /// The status of an event (RFC 5545 §3.8.1.11).
    public enum Status: String, Hashable, Sendable {
        /// The event is tentative.
        case tentative = "TENTATIVE"
        /// The event is confirmed.
        case confirmed = "CONFIRMED"
        /// The event was canceled.
        case cancelled = "CANCELLED"
    }

    /// Whether an event blocks time in a calendar (RFC 5545 §3.8.2.7).
    public enum Transparency: String, Hashable, Sendable {
        /// Shows as busy.
        case opaque = "OPAQUE"
        /// Shows as free.
        case transparent = "TRANSPARENT"
    }

    /// The access classification of an event (RFC 5545 §3.8.1.3).
    public enum Classification: String, Hashable, Sendable {
        /// Visible to everyone who can see the calendar.
        case `public` = "PUBLIC"
        /// Visible to the owner only; others see that the time is taken.
        case `private` = "PRIVATE"
        /// Visible as the owner decides.
        case confidential = "CONFIDENTIAL"
    }
}
