/// The id of a registration; a person who cancels and registers again has a new one.
public struct RegistrationID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id as the source gives it.
    public let rawValue: String
    /// Takes the id as the source gives it.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: RegistrationID, right: RegistrationID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }
}

/// Whether someone holds a seat (Graph `virtualEventAttendeeRegistrationStatus`).
public enum AttendeeStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Holds a seat.
    case registered
    /// Gave it up.
    case canceled
    /// May get one.
    case waitlisted
    /// May get one.
    case pendingApproval
    /// Was refused one.
    case rejectedByOrganizer
    /// A status this version does not know: it proves nothing.
    case unknown
}

/// An answer given on registration (Graph `virtualEventRegistrationQuestionAnswer`).
public struct QuestionAnswer: Hashable, Sendable, Codable {
    /// The question.
    public let question: Line
    /// The answer; several choices are joined by a comma and a blank.
    public let answer: String

    /// Takes both.
    public init(question: Line, answer: String) {
        self.question = question
        self.answer = answer
    }
}

/// A person registered for an event (Graph `virtualEventRegistration`).
public struct Attendee: Hashable, Sendable, Codable {
    /// The registration.
    public var registration: RegistrationID
    /// The event.
    public var event: EventID
    /// Where to reach the person.
    public var address: Address
    /// Given name; may be empty.
    public var firstName: Line
    /// Family name; may be empty.
    public var lastName: Line
    /// Whether the person holds a seat.
    public var status: AttendeeStatus
    /// The zone the person prefers; nil where none is stated.
    public var zone: ZoneID?
    /// The language the person prefers; nil where none is stated.
    public var language: LanguageTag?
    /// When the person registered; nil where the source does not say.
    public var registeredAt: Instant?
    /// Answers given on registration.
    public var answers: [QuestionAnswer]
    /// The sessions the person chose; nil means all of the event.
    public var sessions: [SessionID]?

    /// Takes what every attendee has; the rest is set afterwards.
    public init(registration: RegistrationID, event: EventID, address: Address, status: AttendeeStatus = .registered) {
        (self.registration, self.event, self.address, self.status) = (registration, event, address, status)
        (firstName, lastName, answers) = (Line(cleaning: ""), Line(cleaning: ""), [])
    }

    /// Given and family name, whichever there are.
    public var name: Line { Line(cleaning: firstName.text + " " + lastName.text) }
}
