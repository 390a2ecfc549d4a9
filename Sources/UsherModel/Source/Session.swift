/// The id of an event (Graph: a GUID, `@`, the tenant's GUID), or of another list of recipients.
public struct EventID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id as the source gives it.
    public let rawValue: String
    /// Creates an id from the source's text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: EventID, right: EventID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }
}

/// The id of a session; unique within its event.
public struct SessionID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id as the source gives it.
    public let rawValue: String
    /// Creates an id from the source's text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: SessionID, right: SessionID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }
}

/// The full name of a session: its event's id and its own.
public struct SessionKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The event that holds the session.
    public let event: EventID
    /// The session in it.
    public let session: SessionID

    /// Creates a key from both ids.
    public init(event: EventID, session: SessionID) {
        self.event = event
        self.session = session
    }

    /// Orders by event, then by session.
    public static func < (left: SessionKey, right: SessionKey) -> Bool {
        (left.event, left.session) < (right.event, right.session)
    }

    /// `event/session`.
    public var description: String { "\(event.rawValue)/\(session.rawValue)" }
}

/// Whether a session takes place: derived from the status of its event (Graph `virtualEventStatus`).
public enum SessionStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Not announced yet: neither published nor mailed.
    case draft
    /// It takes place.
    case published
    /// It does not take place.
    case canceled
}

/// What kind of event a session belongs to.
public enum EventKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Graph `virtualEventWebinar`.
    case webinar
    /// Graph `virtualEventTownhall`.
    case townhall
    /// Any other scheduled event.
    case event
}

/// Who may attend an event (Graph `meetingAudience`).
public enum MeetingAudience: String, Hashable, Sendable, Codable, CaseIterable {
    /// Everyone.
    case everyone
    /// Members of the organizer's organization.
    case organization
    /// The source does not say.
    case unknown
}

/// A telephone number for joining (Graph `audioConferencing`).
public struct DialIn: Hashable, Sendable, Codable {
    /// The number as the source writes it.
    public let number: Line
    /// Whether the call is free of charge.
    public let isTollFree: Bool

    /// Creates a number.
    public init(number: Line, isTollFree: Bool) {
        self.number = number
        self.isTollFree = isTollFree
    }
}

/// A speaker (Graph `virtualEventPresenter`).
public struct Presenter: Hashable, Sendable, Codable {
    /// The name.
    public let name: Line
    /// Job title; may be empty.
    public let jobTitle: Line
    /// Company; may be empty.
    public let company: Line

    /// Creates a presenter.
    public init(name: Line, jobTitle: Line, company: Line) {
        self.name = name
        self.jobTitle = jobTitle
        self.company = company
    }
}

/// One scheduled meeting with a start, an end and a join URL (Graph `virtualEventSession`), and the facts it shares with its event.
public struct Session: Hashable, Sendable, Codable {
    /// Event and session id.
    public var key: SessionKey
    /// The kind of its event.
    public var kind: EventKind
    /// The session's own subject; the event's name if it has none.
    public var subject: Line
    /// The event's name.
    public var eventName: Line
    /// The event's description as plain text; line breaks are LF; may be empty.
    public var details: String
    /// When it starts.
    public var start: Instant
    /// When it ends; later than the start.
    public var end: Instant
    /// The zone in which the session is scheduled.
    public var zone: ZoneID
    /// The link for joining; nil if the source has none (yet).
    public var joinURL: JoinURL?
    /// Whether it takes place.
    public var status: SessionStatus
    /// Meeting id for joining without the link; may be nil.
    public var meetingID: Line?
    /// The passcode for the meeting id; may be nil.
    public var passcode: Line?
    /// Telephone numbers.
    public var dialIns: [DialIn]
    /// The conference id for the telephone numbers; may be nil.
    public var conferenceID: Line?
    /// The recording, once there is one.
    public var onDemandURL: JoinURL?
    /// Who may attend.
    public var audience: MeetingAudience
    /// The speakers.
    public var presenters: [Presenter]
    /// When it was to start by the rule of its series, whatever it was moved to (iCalendar RECURRENCE-ID); nil where the source has no such rule.
    public var originalStart: Instant?
    /// Whether Graph itself mails the attendees (`isAttendeeEmailNotificationEnabled`); nil if the source does not say.
    public var sourceMailsAttendees: Bool?
    /// The parts of the source that listed it, by name (Graph: the entries of `events`), sorted; nil if the source has no such parts.
    public var selections: [String]?

    /// Creates a session with the required fields; set the others afterwards.
    public init(
        key: SessionKey, subject: Line, start: Instant, end: Instant, zone: ZoneID, joinURL: JoinURL?,
        status: SessionStatus
    ) {
        self.key = key
        (self.subject, self.eventName) = (subject, subject)
        (self.start, self.end, self.zone) = (start, end, zone)
        (self.joinURL, self.status) = (joinURL, status)
        kind = .event
        details = ""
        (dialIns, presenters, audience) = ([], [], .unknown)
    }

    /// Whether a calendar shows the same of another state of the session: facts, description, speakers, telephone numbers.
    ///
    /// Calendars state instants, so the zone is none of it.
    public func looksLike(_ other: Session) -> Bool {
        var copy = other
        (copy.originalStart, copy.selections) = (originalStart, selections)
        (copy.zone, copy.sourceMailsAttendees) = (zone, sourceMailsAttendees)
        return self == copy
    }

    /// The digest of the material facts: start, end, subject, join URL, status.
    ///
    /// When it changes, the session has a new revision.
    public var fingerprint: String {
        Digest.hex(of: [
            String(start.secondsSince1970), String(end.secondsSince1970), subject.text, joinURL?.comparable ?? "",
            status.rawValue,
        ])
    }
}
