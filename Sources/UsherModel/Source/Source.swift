/// Which sessions a job considers: those that have not ended before `from` and start before `until`.
public struct Window: Hashable, Sendable {
    /// Sessions that ended before this are not considered.
    public let from: Instant
    /// Sessions that start at or after this are not considered.
    public let until: Instant

    /// Takes both ends.
    public init(from: Instant, until: Instant) {
        self.from = from
        self.until = until
    }

    /// Whether the session lies in the window, at least in part.
    public func contains(_ session: Session) -> Bool { session.end >= from && session.start < until }
}

/// One record that could not be taken as it came.
public struct RecordProblem: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What became of the record.
    public enum Effect: String, Hashable, Sendable, Codable {
        /// It was left out; the others went on.
        case refused
        /// It was repaired and used.
        case repaired
    }

    /// File and line, or URL and id.
    public let place: String
    /// What was found, and what was expected.
    public let found: String
    /// What became of the record.
    public let effect: Effect
    /// The session concerned, where it is known: it is then neither new, nor changed, nor vanished in this run.
    public let session: SessionKey?
    /// The event concerned, where it is known.
    public let event: EventID?

    /// Takes all.
    public init(place: String, found: String, effect: Effect, event: EventID? = nil, session: SessionKey? = nil) {
        (self.place, self.found, self.effect) = (place, found, effect)
        (self.event, self.session) = (event ?? session?.event, session)
    }

    /// `place: found`.
    public var description: String { "\(place): \(found)" }
}

/// What a source lists: sessions, and how far the list can be trusted.
public struct Listing: Hashable, Sendable {
    /// The sessions, each once, whether or not they lie in the window.
    public var sessions: [Session]
    /// Records that were refused or repaired.
    public var problems: [RecordProblem]
    /// Whether all that exists was seen.
    ///
    /// Only then can a session that is not listed have vanished.
    public var isComplete: Bool

    /// Takes all.
    public init(sessions: [Session], problems: [RecordProblem], isComplete: Bool) {
        (self.sessions, self.problems, self.isComplete) = (sessions, problems, isComplete)
    }
}

/// What a direct look at one session that was not listed found.
public enum Probe: Hashable, Sendable {
    /// It is there.
    case present(Session)
    /// It is certainly gone (Graph: 404).
    case gone
    /// It could not be known.
    case unknown
}

/// Some of an event's attendees.
public struct AttendeePage: Hashable, Sendable {
    /// At most ``Limits/pageAttendees``.
    public var attendees: [Attendee]
    /// Records of this page that were refused or repaired.
    public var problems: [RecordProblem]

    /// Takes both.
    public init(attendees: [Attendee], problems: [RecordProblem]) {
        (self.attendees, self.problems) = (attendees, problems)
    }
}

/// Hands out an event's attendees page by page.
public protocol AttendeePages: AnyObject {
    /// The next page, or nil after the last. Reaching nil means that every attendee was seen.
    ///
    /// - Throws: ``SourceError`` where the rest cannot be had; what was handed out before stands.
    func next() async throws(SourceError) -> AttendeePage?
}

/// Where sessions and attendees come from: Microsoft Graph, files.
///
/// An implementation reads no clock, keeps nothing between runs and holds at most one page of attendees.
public protocol Source: Sendable {
    /// Lists the sessions.
    ///
    /// - Parameter window: What the job considers; a source may list more.
    /// - Returns: The sessions, and how far the list can be trusted.
    /// - Throws: ``SourceError`` where nothing could be listed at all. A part that failed makes the listing incomplete.
    func listing(in window: Window) async throws(SourceError) -> Listing

    /// Looks directly at one session that the listing lacks.
    ///
    /// - Returns: ``Probe/unknown`` for every doubt; ``Probe/gone`` only on proof.
    func probe(_ session: SessionKey) async -> Probe

    /// A token that changes whenever the attendees of an event may have changed; nil where that cannot be known cheaply.
    func attendeesTag(of event: EventID) async -> String?

    /// The attendees of an event, as a stream of pages.
    ///
    /// - Throws: ``SourceError`` where they cannot be read at all.
    func attendees(of event: EventID) async throws(SourceError) -> any AttendeePages
}

/// A source, or a part of one, could not be read.
public struct SourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    public enum Code: String, Hashable, Sendable {
        /// Nothing answered, or a file cannot be read.
        case unreachable
        /// The credentials were refused.
        case refusedCredentials
        /// What was read is not what it should be.
        case malformed
        /// The source asks to slow down.
        case throttled
    }

    /// What a program can act on.
    public let code: Code
    /// File and line, or method and URL without query or credentials.
    public let place: String
    /// What was found.
    public let found: String
    /// What to do next.
    public let next: String

    /// Takes all.
    public init(_ code: Code, place: String, found: String, next: String) {
        (self.code, self.place, self.found, self.next) = (code, place, found, next)
    }

    /// All in one line.
    public var description: String { "\(place): \(found). \(next)" }
}
