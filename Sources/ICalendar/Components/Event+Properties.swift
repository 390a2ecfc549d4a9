extension Event {
    /// When it starts (RFC 5545 §3.8.2.4).
    public var start: EventTime? {
        get { properties.first(.dtstart).flatMap(EventTime.init) }
        set { properties.replace(.dtstart, with: newValue.map { [$0.property(.dtstart)] } ?? []) }
    }

    /// When it ends, exclusive (RFC 5545 §3.8.2.2).
    public var end: EventTime? {
        get { properties.first(.dtend).flatMap(EventTime.init) }
        set { properties.replace(.dtend, with: newValue.map { [$0.property(.dtend)] } ?? []) }
    }

    /// How long it lasts, where it says so instead of when it ends (RFC 5545 §3.8.2.5).
    public var duration: CalendarDuration? {
        get { properties.duration(.duration) }
        set { properties.set(.duration, newValue.map(Value.duration)) }
    }

    /// Which occurrence of a recurring event this one replaces (RFC 5545 §3.8.4.4).
    public var recurrenceID: EventTime? {
        get { properties.first(.recurrenceID).flatMap(EventTime.init) }
        set { properties.replace(.recurrenceID, with: newValue.map { [$0.property(.recurrenceID)] } ?? []) }
    }

    /// Whether it replaces all later occurrences, too (RFC 5545 §3.2.13).
    var isForFuture: Bool {
        properties.first(.recurrenceID)?.parameter(.range)?.uppercased() == "THISANDFUTURE"
    }

    /// The rule by which it recurs; nil where there is none, or one that cannot be read (RFC 5545 §3.8.5.3).
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

    /// A longer text, without markup (RFC 5545 §3.8.1.5).
    public var description: String? {
        get { properties.text(.description) }
        set { properties.set(.description, newValue.map(Value.text)) }
    }

    /// Where it takes place (RFC 5545 §3.8.1.7).
    public var location: String? {
        get { properties.text(.location) }
        set { properties.set(.location, newValue.map(Value.text)) }
    }

    /// A page about it, which many clients show as its link (RFC 5545 §3.8.4.6).
    public var url: String? {
        get { properties.uri(.url) }
        set { properties.set(.url, newValue.map(Value.uri)) }
    }

    /// Its revision: from 0, raised with every significant change, never lowered (RFC 5545 §3.8.7.4, RFC 5546 §2.1.4).
    public var sequence: Int? {
        get { properties.integer(.sequence) }
        set { properties.set(.sequence, newValue.map(Value.integer)) }
    }

    /// When it was last changed (RFC 5545 §3.8.7.3).
    public var lastModified: UTCDateTime? {
        get { properties.instant(.lastModified) }
        set { properties.set(.lastModified, newValue.map(Value.utcDateTime)) }
    }

    /// When it was made (RFC 5545 §3.8.7.1).
    public var created: UTCDateTime? {
        get { properties.instant(.created) }
        set { properties.set(.created, newValue.map(Value.utcDateTime)) }
    }

    /// Whether it takes place (RFC 5545 §3.8.1.11).
    public var status: Status? {
        get { properties.text(.status).flatMap(Status.init) }
        set { properties.set(.status, (newValue?.rawValue).map(Value.text)) }
    }

    /// Whether it makes busy; opaque where not stated (RFC 5545 §3.8.2.7).
    public var transparency: Transparency? {
        get { properties.text(.transparency).flatMap(Transparency.init) }
        set { properties.set(.transparency, (newValue?.rawValue).map(Value.text)) }
    }

    /// Who may see it; public where not stated (RFC 5545 §3.8.1.3).
    public var classification: Classification? {
        get { properties.text(.classification).flatMap(Classification.init) }
        set { properties.set(.classification, (newValue?.rawValue).map(Value.text)) }
    }

    /// Key words; empty where there are none (RFC 5545 §3.8.1.2).
    ///
    /// To set them makes one property of them.
    public var categories: [String] {
        get { properties.all(.categories).flatMap(Self.texts) }
        set { properties.set(.categories, newValue.isEmpty ? nil : .textList(newValue)) }
    }

    /// The colour; nil for a name that is not CSS3's (RFC 7986 §5.9).
    public var color: ColorName? {
        get { properties.color }
        set { properties.color = newValue }
    }

    /// Who invites (RFC 5545 §3.8.4.3).
    public var organizer: Organizer? {
        get { properties.first(.organizer).flatMap(Organizer.init) }
        set { properties.replace(.organizer, with: newValue.map { [$0.property] } ?? []) }
    }

    /// Who is invited, in their order (RFC 5545 §3.8.4.1).
    public var attendees: [Attendee] {
        get { properties.all(.attendee).compactMap(Attendee.init) }
        set { properties.replace(.attendee, with: newValue.map(\.property)) }
    }

    /// The ways into the meeting, in their order (RFC 7986 §5.11).
    public var conferences: [Conference] {
        get { properties.all(.conference).compactMap(Conference.init) }
        set { properties.replace(.conference, with: newValue.map(\.property)) }
    }

    /// The Teams join link for Outlook's button, X-MICROSOFT-SKYPETEAMSMEETINGURL.
    ///
    /// It is TEXT by RFC 5545 §3.8.8.2, since clients know it without VALUE; a link as Teams makes them needs no escapes.
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
    /// Whether an event takes place (RFC 5545 §3.8.1.11).
    public enum Status: String, Hashable, Sendable {
        /// Not certain yet.
        case tentative = "TENTATIVE"
        /// It takes place.
        case confirmed = "CONFIRMED"
        /// It does not take place.
        case cancelled = "CANCELLED"
    }

    /// Whether an event makes busy (RFC 5545 §3.8.2.7).
    public enum Transparency: String, Hashable, Sendable {
        /// It makes busy.
        case opaque = "OPAQUE"
        /// It leaves free.
        case transparent = "TRANSPARENT"
    }

    /// Who may see an event (RFC 5545 §3.8.1.3).
    public enum Classification: String, Hashable, Sendable {
        /// Everyone who sees the calendar.
        case `public` = "PUBLIC"
        /// Only its owner; others see that there is something.
        case `private` = "PRIVATE"
        /// As its owner decides.
        case confidential = "CONFIDENTIAL"
    }
}
