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
    public let location: String
    /// What was found, and what was expected.
    public let problem: String
    /// What became of the record.
    public let effect: Effect
    /// The session concerned, where it is known: it is then neither new, nor changed, nor vanished in this run.
    public let session: SessionKey?
    /// The event concerned, where it is known.
    public let event: EventID?

    /// Takes all.
    public init(location: String, problem: String, effect: Effect, event: EventID? = nil, session: SessionKey? = nil) {
        (self.location, self.problem, self.effect) = (location, problem, effect)
        (self.event, self.session) = (event ?? session?.event, session)
    }

    /// `place: found`.
    public var description: String { "\(location): \(problem)" }
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
    /// Parts that could not be read; the rest of the listing stands.
    public var failures: [SourceError]

    /// Takes all.
    public init(
        sessions: [Session], problems: [RecordProblem], isComplete: Bool, failures: [SourceError] = []
    ) {
        (self.sessions, self.problems, self.isComplete) = (sessions, problems, isComplete)
        self.failures = failures
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

/// How long someone was there (Graph `attendanceRecord`).
public struct AttendanceRecord: Hashable, Sendable {
    /// The registration, where the source knows it.
    public let registration: RegistrationID?
    /// The address, where the source knows it.
    public let address: Address?
    /// Seconds in the session, all of the person's stays together.
    public let seconds: Int

    /// Takes all.
    public init(registration: RegistrationID?, address: Address?, seconds: Int) {
        (self.registration, self.address, self.seconds) = (registration, address, seconds)
    }
}

/// Hands out a session's attendance page by page.
public protocol AttendancePages: AnyObject {
    /// The next page, at most ``Limits/pageAttendees`` long, or nil after the last.
    ///
    /// - Throws: ``SourceError`` where the rest cannot be had: nothing is then known of who came.
    func next() async throws(SourceError) -> [AttendanceRecord]?
}

/// Where sessions and attendees come from: Microsoft Graph, files.
///
/// An implementation reads no clock, keeps nothing between runs and holds at most one page of attendees.
public protocol Source: Sendable {
    /// Lists the sessions.
    ///
    /// - Parameters:
    ///   - window: What the job considers; a source may list more.
    ///   - known: Sessions that are remembered and still to come: they matter also where they have left the window.
    /// - Returns: The sessions, and how far the list can be trusted.
    /// - Throws: ``SourceError`` where nothing could be listed at all. A part that failed makes the listing incomplete.
    func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing

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

    /// Says which events' attendees will be asked for next, in this order, so that a slow source can begin early.
    func expect(_ events: [EventID]) async

    /// Whether there are attendance reports at all: who came, and for how long.
    var hasAttendance: Bool { get }

    /// Who came to a session that is over; nil where no report is there yet.
    ///
    /// - Throws: ``SourceError`` where it cannot be known.
    func attendance(of session: SessionKey) async throws(SourceError) -> (any AttendancePages)?

    /// Tries, without reading much, whether everything that the source needs works: sign-in, permissions, each selection of events.
    ///
    /// - Parameter attendance: Whether a rule asks who came.
    /// - Returns: One line for each step, in the order they were taken, up to the first that failed in a way that spoils the rest.
    func examine(attendance: Bool) async -> [Examination]
}

/// What one step of trying a source found.
public struct Examination: Hashable, Sendable {
    /// What was tried.
    public let step: String
    /// What it found, where it worked.
    public let result: String
    /// Why it did not; nil where it did.
    public let error: SourceError?

    /// Takes all.
    public init(_ step: String, result: String, error: SourceError? = nil) {
        (self.step, self.result, self.error) = (step, result, error)
    }
}

extension Source {
    /// Nothing: what lies on this machine is read when it is asked for.
    public func expect(_ events: [EventID]) async {}
    /// None.
    public var hasAttendance: Bool { false }
    /// None.
    public func attendance(of session: SessionKey) async throws(SourceError) -> (any AttendancePages)? { nil }
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
    public let location: String
    /// What was found.
    public let problem: String
    /// What to do next.
    public let next: String

    /// Takes all.
    public init(_ code: Code, location: String, problem: String, next: String) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
    }

    /// All in one line.
    public var description: String { "\(location): \(problem). \(next)" }
}
