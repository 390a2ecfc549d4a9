/// The time span of sessions that a job considers: those that end at or after `from` and start before `until`.
public struct Window: Hashable, Sendable {
    /// Sessions that ended before this instant are ignored.
    public let from: Instant
    /// Sessions that start at or after this instant are ignored.
    public let until: Instant

    /// Creates a window.
    public init(from: Instant, until: Instant) {
        self.from = from
        self.until = until
    }

    /// Whether at least part of the session is in the window.
    public func contains(_ session: Session) -> Bool { session.end >= from && session.start < until }
}

/// One record that could not be used unchanged.
public struct RecordProblem: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What happened to the record.
    public enum Effect: String, Hashable, Sendable, Codable {
        /// It was left out; the other records were used.
        case refused
        /// It was repaired and used.
        case repaired
    }

    /// File and line, or URL and id.
    public let location: String
    /// What was found, and what was expected.
    public let problem: String
    /// What happened to the record.
    public let effect: Effect
    /// What to do about it; empty where the problem says that, too.
    public let next: String
    /// The session concerned, if known; in this run it counts as neither new, changed nor vanished.
    public let session: SessionKey?
    /// The event concerned, if known.
    public let event: EventID?
    /// When the session concerned starts, if that is all that is known of it.
    public let starts: Range<Instant>?

    /// Creates a problem; the event defaults to that of the session.
    public init(
        location: String, problem: String, effect: Effect, event: EventID? = nil, session: SessionKey? = nil,
        starts: Range<Instant>? = nil, next: String = ""
    ) {
        (self.location, self.problem, self.effect, self.next) = (location, problem, effect, next)
        (self.event, self.session, self.starts) = (event ?? session?.event, session, starts)
    }

    /// Whether the record may be that of a session: then it proves nothing about it.
    ///
    /// A record that says nothing of what it is may be that of any.
    public func mayBe(_ session: Session) -> Bool {
        guard effect == .refused else { return false }
        if let key = self.session { return key == session.key }
        if let event { return event == session.key.event }
        return starts?.contains(session.start) ?? true
    }

    /// `location: problem. next`.
    public var description: String {
        next.isEmpty ? "\(location): \(problem)" : ErrorText.line(location, problem, next)
    }

    /// What the record and its problem are, wherever in the file it stands: lines move when others are added before them.
    public var identity: String {
        let parts = location.split(separator: ":", omittingEmptySubsequences: false).filter { part in
            part.isEmpty || !part.utf8.allSatisfy { (48...57).contains($0) }
        }
        return Digest.hex(of: [parts.joined(separator: ":"), problem, effect.rawValue])
    }
}

/// A part of a source that a listing does not hold, though it may exist.
public enum Gap: Hashable, Sendable {
    /// Any session may be missing.
    case everything
    /// Any session of the events that this selection lists: see ``Session/selections``.
    case selection(String)
    /// Any session of an event.
    case event(EventID)
    /// One session.
    case session(SessionKey)
}

/// The sessions that a source lists, and how far the list can be trusted.
public struct Listing: Hashable, Sendable {
    /// The sessions, each once, in the window or not.
    public var sessions: [Session]
    /// Records that were refused or repaired.
    public var problems: [RecordProblem]
    /// What the list does not hold, though it may exist: a session in it that is missing has not vanished.
    public var gaps: Set<Gap>
    /// Events whose own status is canceled: their sessions are canceled, whether those can be read or not.
    public var canceledEvents: Set<EventID> = []
    /// Parts that could not be read; the rest of the listing is valid.
    public var failures: [SourceError]
    /// What a person should know of the source as a whole: what was left out, and the setting that changes it.
    public var remarks: [String]

    /// Creates a listing.
    public init(
        sessions: [Session], problems: [RecordProblem], isComplete: Bool, failures: [SourceError] = [],
        remarks: [String] = []
    ) {
        (self.sessions, self.problems) = (sessions, problems)
        gaps = isComplete ? [] : [.everything]
        (self.failures, self.remarks) = (failures, remarks)
    }

    /// Whether the list holds everything that exists.
    public var isComplete: Bool { gaps.isEmpty }

    /// Whether a session that is missing may be in a part that was not read.
    public func mayHide(_ session: Session) -> Bool {
        gaps.contains { gap in
            switch gap {
            case .everything: true
            case .selection(let name): session.selections?.contains(name) ?? true
            case .event(let event): session.key.event == event
            case .session(let key): session.key == key
            }
        }
    }
}

/// The result of looking up one session that was not listed.
public enum Probe: Hashable, Sendable {
    /// It exists.
    case present(Session)
    /// Its event's own status is canceled, whether the session can be read or not.
    case canceled
    /// It is certainly gone, and nothing that was read in this run says otherwise (Graph: the session's own 404).
    case gone
    /// The lookup failed, or its answer proves nothing; with the reason, where a person should know it.
    case unknown(SourceError?)
}

/// One page of an event's attendees.
public struct AttendeePage: Hashable, Sendable {
    /// At most ``Limits/pageAttendees``.
    public var attendees: [Attendee]
    /// Records of this page that were refused or repaired.
    public var problems: [RecordProblem]
    /// What a person should know of the list as a whole, though nothing is wrong with it.
    public var remarks: [String]
    /// What could not be read about some of these people, who are valid all the same.
    public var failures: [SourceError] = []
    /// The number of these people who hold a seat and whose sessions are not known, so that they are told nothing yet.
    public var undecided = 0

    /// Creates a page.
    public init(attendees: [Attendee], problems: [RecordProblem], remarks: [String] = []) {
        (self.attendees, self.problems, self.remarks) = (attendees, problems, remarks)
    }
}

/// The links in an event of a calendar, and why one of them is the way into its meeting, or none is.
public struct LinkReport: Hashable, Sendable {
    /// A link in the event.
    public struct Candidate: Hashable, Sendable {
        /// The property that holds it.
        public let place: String
        /// As it is written there.
        public let text: String
        /// The link that people get if it is chosen; nil where it does not count.
        public let link: JoinURL?
        /// Why it counts, or does not.
        public let reason: String

        /// Creates a candidate.
        public init(place: String, text: String, link: JoinURL?, reason: String) {
            (self.place, self.text, self.link, self.reason) = (place, text, link, reason)
        }
    }

    /// The event.
    public let event: EventID
    /// Its title.
    public let title: Line
    /// The links, the best first: it is chosen if it counts.
    public let candidates: [Candidate]

    /// Creates a report.
    public init(event: EventID, title: Line, candidates: [Candidate]) {
        (self.event, self.title, self.candidates) = (event, title, candidates)
    }
}

/// What is remembered of people who were registered in earlier runs.
public struct AttendeeMemory: Sendable {
    private let find: @Sendable ([RegistrationID]) async -> [RegistrationID: Attendee]

    /// Nothing is remembered.
    public static let none = AttendeeMemory { _ in [:] }

    /// Creates a memory that looks people up.
    public init(find: @escaping @Sendable ([RegistrationID]) async -> [RegistrationID: Attendee]) { self.find = find }

    /// The people with these registrations, as they were when they were last listed; at most ``Limits/pageAttendees`` are asked for.
    public func attendees(_ registrations: [RegistrationID]) async -> [RegistrationID: Attendee] {
        await find(registrations)
    }
}

/// Reads an event's attendees page by page.
public protocol AttendeePages: AnyObject {
    /// The next page, or nil after the last. Reaching nil means that every attendee was seen.
    ///
    /// - Throws: ``SourceError`` if the rest cannot be read; the pages returned before are valid.
    func next() async throws(SourceError) -> AttendeePage?
}

/// How long one person was in a session (Graph `attendanceRecord`).
public struct AttendanceRecord: Hashable, Sendable {
    /// The registration, if the source knows it.
    public let registration: RegistrationID?
    /// The address, if the source knows it.
    public let address: Address?
    /// Seconds in the session, the sum over all times the person joined.
    public let seconds: Int

    /// Creates a record.
    public init(registration: RegistrationID?, address: Address?, seconds: Int) {
        (self.registration, self.address, self.seconds) = (registration, address, seconds)
    }
}

/// Reads a session's attendance page by page.
public protocol AttendancePages: AnyObject {
    /// The next page, at most ``Limits/pageAttendees`` long, or nil after the last.
    ///
    /// - Throws: ``SourceError`` if the rest cannot be read; nothing is then concluded about who attended.
    func next() async throws(SourceError) -> [AttendanceRecord]?
}

/// What a source has about who attended a session.
public enum Attendance {
    /// Nothing can be concluded yet; the words say why.
    case notYet(String)
    /// Reports that cover the session.
    case reports(any AttendancePages)
}

/// A place that sessions and attendees are read from: Microsoft Graph, files, a calendar.
///
/// An implementation reads no clock, keeps nothing between runs and holds at most one page of attendees.
public protocol Source: Sendable {
    /// Lists the sessions.
    ///
    /// - Parameters:
    ///   - window: The sessions that the job considers; a source may list more.
    ///   - known: Sessions that are remembered and still to come; they matter even if they have moved out of the window.
    /// - Returns: The sessions, and how far the list can be trusted.
    /// - Throws: ``SourceError`` if nothing could be listed at all. A part that failed makes the listing incomplete.
    func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing

    /// Tells the source, before it lists, what is remembered, so that it gives each session the id that it has had before.
    ///
    /// - Parameter memories: The sessions that have not ended before the window, canceled ones among them.
    func recall(_ memories: [SessionMemory]) async

    /// Looks up one session that the listing lacks.
    ///
    /// - Returns: ``Probe/gone`` only on proof; ``Probe/unknown`` in every case of doubt.
    func probe(_ session: SessionKey) async -> Probe

    /// A token that changes whenever the attendees of an event may have changed; nil if that cannot be determined cheaply.
    func attendeesTag(of event: EventID) async -> String?

    /// The attendees of an event, as a stream of pages.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - known: What is remembered of them: what need not, or cannot, be read again is taken from there.
    /// - Returns: The pages.
    /// - Throws: ``SourceError`` if they cannot be read at all.
    func attendees(of event: EventID, known: AttendeeMemory) async throws(SourceError) -> any AttendeePages

    /// Announces the events whose attendees will be read next, in this order, so that a slow source can start early.
    func expect(_ events: [EventID]) async

    /// The links in the events of the window, and why each counts; nil for a source that states the link of a session itself.
    ///
    /// - Throws: ``SourceError`` if nothing could be read.
    func links(in window: Window) async throws(SourceError) -> [LinkReport]?

    /// Whether the source has attendance reports: who attended, and for how long.
    var hasAttendance: Bool { get }

    /// The attendance of a session that has ended: only what covers the time of the session.
    ///
    /// - Throws: ``SourceError`` if the reports cannot be read.
    func attendance(of session: Session) async throws(SourceError) -> Attendance

    /// Reads what the source has on this machine, without any connection.
    func examineFiles() async -> FileExamination

    /// Checks, without reading much, everything that the source needs: sign-in, permissions, each selection of events.
    ///
    /// - Parameter use: What the job's rules need of it.
    /// - Returns: One result for each step, in order, up to the first failure that makes further steps pointless.
    func examine(for use: SourceUse) async -> [Examination]
}

extension Source {
    /// Does nothing: the source's own ids stay the same.
    public func recall(_ memories: [SessionMemory]) async {}
    /// The attendees of an event of whom nothing is remembered.
    ///
    /// - Throws: ``SourceError`` if they cannot be read at all.
    public func attendees(of event: EventID) async throws(SourceError) -> any AttendeePages {
        try await attendees(of: event, known: .none)
    }
    /// Does nothing: local files are read when they are needed.
    public func expect(_ events: [EventID]) async {}
    /// The source states the link of a session itself.
    public func links(in window: Window) async throws(SourceError) -> [LinkReport]? { nil }
    /// It reads nothing from this machine.
    public func examineFiles() async -> FileExamination { FileExamination() }
    /// No reports.
    public var hasAttendance: Bool { false }
    /// No report.
    public func attendance(of session: Session) async throws(SourceError) -> Attendance {
        .notYet("the source has no attendance reports")
    }
}

/// What the rules of a job need of its source.
public struct SourceUse: Hashable, Sendable {
    /// Whether a rule depends on attendance.
    public let attendance: Bool
    /// Whether the job mails the attendees.
    public let mailsAttendees: Bool

    /// Creates a description.
    public init(attendance: Bool, mailsAttendees: Bool) {
        (self.attendance, self.mailsAttendees) = (attendance, mailsAttendees)
    }
}

/// What was found in files on this machine.
public struct FileExamination: Hashable, Sendable {
    /// One result for each file.
    public var steps: [Examination] = []
    /// The sessions in them.
    public var sessions: [Session] = []
    /// Records that would be refused or repaired.
    public var problems: [RecordProblem] = []
    /// What a person should know, though nothing is wrong with it.
    public var remarks: [String] = []

    /// Creates the report of an examination that has found nothing yet.
    public init() {}

    /// Adds what was found in other files.
    public mutating func add(_ other: FileExamination) {
        steps += other.steps
        sessions += other.sessions
        problems += other.problems
        remarks += other.remarks
    }
}

/// A source, or a part of one, could not be read.
public struct SourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, for programs.
    public enum Code: String, Hashable, Sendable {
        /// Nothing answered, or a file cannot be read.
        case unreachable
        /// The credentials were refused.
        case refusedCredentials
        /// What was read does not have the expected form.
        case malformed
        /// It ends in the middle of a record: what it lists proves nothing.
        case cutShort
        /// The source asks to slow down.
        case throttled
        /// It was not read, because the run was asked to stop.
        case canceled
    }

    /// The kind of failure, for programs.
    public let code: Code
    /// File and line, or method and URL without query or credentials.
    public let location: String
    /// What was found.
    public let problem: String
    /// What to do next.
    public let next: String

    /// Creates an error.
    public init(_ code: Code, location: String, problem: String, next: String) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
    }

    /// Location, problem and what to do next, in one line.
    public var description: String { ErrorText.line(location, problem, next) }
}
