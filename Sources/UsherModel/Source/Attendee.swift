/// The id of a registration; a person who cancels and registers again gets a new one.
public struct RegistrationID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id as the source gives it.
    public let rawValue: String
    /// Creates an id from the source's text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: RegistrationID, right: RegistrationID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }

    /// Whether it was made from the address, because the source gives no id.
    public var isOfAddress: Bool { rawValue.hasPrefix("address:") || rawValue.utf8.contains(0x40) }
}

/// Whether someone holds a seat (Graph `virtualEventAttendeeRegistrationStatus`).
public enum AttendeeStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Holds a seat.
    case registered
    /// Gave the seat up.
    case canceled
    /// Is waiting for a seat.
    case waitlisted
    /// Is waiting for the organizer's approval.
    case pendingApproval
    /// Was refused a seat.
    case rejectedByOrganizer
    /// A status that this version does not know: nothing is concluded from it.
    case unknown
}

/// A registration question and its answer (Graph `virtualEventRegistrationQuestionAnswer`).
public struct QuestionAnswer: Hashable, Sendable, Codable {
    /// The question.
    public let question: Line
    /// The answer; several choices are joined by a comma and a space.
    public let answer: String

    /// Creates an answer.
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
    /// The person's e-mail address.
    public var address: Address
    /// Given name; may be empty.
    public var firstName: Line
    /// Family name; may be empty.
    public var lastName: Line
    /// Whether the person holds a seat.
    public var status: AttendeeStatus
    /// The zone the person prefers; nil if none is stated.
    public var zone: ZoneID?
    /// The language the person prefers; nil if none is stated.
    public var language: LanguageTag?
    /// When the person registered; nil if the source does not say.
    public var registeredAt: Instant?
    /// Answers to the registration questions.
    public var answers: [QuestionAnswer]
    /// The sessions that the person chose; nil for all sessions of the event, empty while the source has not yet said which.
    ///
    /// While it is empty, the person is told nothing: neither of a session nor that a seat in it was given up.
    public var sessions: [SessionID]?
    /// The digest of the registration when the source was last asked for ``sessions``; nil if it was not, or did not answer.
    public var choiceDigest: String?

    /// Creates an attendee with the required fields; set the others afterwards.
    public init(registration: RegistrationID, event: EventID, address: Address, status: AttendeeStatus = .registered) {
        (self.registration, self.event, self.address, self.status) = (registration, event, address, status)
        (firstName, lastName, answers) = (Line(cleaning: ""), Line(cleaning: ""), [])
    }

    /// Given and family name, as far as they are present.
    public var name: Line { Line(cleaning: firstName.text + " " + lastName.text) }
}
