/// The name that a job gives to a channel.
public struct ChannelName: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The name.
    public let rawValue: String
    /// Creates a name from its text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: ChannelName, right: ChannelName) -> Bool { left.rawValue < right.rawValue }
    /// The name.
    public var description: String { rawValue }
}

/// The id of a rule: `when/to/via`, unless the job gives one.
///
/// It is part of every dedupe key.
public struct RuleID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id.
    public let rawValue: String
    /// Creates an id from its text.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: RuleID, right: RuleID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }
}

/// Whom a rule addresses: its *to* in the job file.
public enum Audience: Hashable, Sendable {
    /// Everyone registered for the session's event.
    case attendees
    /// Everyone registered who attended, according to the attendance reports.
    case attended
    /// Everyone registered who did not attend.
    case absent
    /// Not a person but a chat room or a system: one message per session.
    case channel
    /// These addresses.
    case addresses([Address])
    /// The addresses in a CSV file, by its path.
    case csv(String)

    /// Its part of a rule id: `attendees`, `addresses`, `csv:team.csv`.
    public var label: String {
        switch self {
        case .attendees: "attendees"
        case .attended: "attended"
        case .absent: "absent"
        case .channel: "channel"
        case .addresses: "addresses"
        case .csv(let path): "csv:\(path)"
        }
    }

    /// Whether each recipient is a registration of the event.
    public var isRegistered: Bool {
        switch self {
        case .attendees, .attended, .absent: true
        case .channel, .addresses, .csv: false
        }
    }
}

/// What happens to a rule that fell due before a recipient was known.
public enum LatePolicy: Hashable, Sendable {
    /// The most informative of the due messages is sent, and the others are superseded.
    case newest
    /// Recipients who register after it fell due never get it.
    case skip
}

/// What a rule tells of in one message.
public enum RuleScope: String, Hashable, Sendable, CaseIterable {
    /// Each session by itself.
    case session
    /// All sessions of an event, by a message about the first of them.
    case series
}

/// One rule of a job: when to send what to whom, through which channel.
public struct Rule: Hashable, Sendable {
    /// The id.
    public let id: RuleID
    /// When messages are due.
    public let when: When
    /// Who gets them.
    public let audience: Audience
    /// The channel that sends them.
    public let channel: ChannelName
    /// The template that renders them; never part of a key.
    public let template: String
    /// What happens when it is already late for a recipient.
    public let late: LatePolicy
    /// How long a person must have been in the session to count as an attendee; zero for any time at all.
    public let attendedFor: Duration
    /// Whether messages wait until the session has a recording.
    public let needsRecording: Bool
    /// What one message tells of.
    public let scope: RuleScope
    /// How long a rule that falls due at or after the session's end may still be sent.
    public let grace: Duration

    /// The default of ``grace``: two hours.
    public static let defaultGrace = Duration.seconds(7200)

    /// Creates a rule; without an id, the id is `when/to/via`.
    public init(
        id: RuleID? = nil, when: When, audience: Audience, channel: ChannelName, template: String,
        late: LatePolicy = .newest, grace: Duration = Rule.defaultGrace, attendedFor: Duration = .zero,
        needsRecording: Bool = false, scope: RuleScope = .session
    ) {
        self.id = id ?? RuleID(rawValue: "\(when)/\(audience.label)/\(channel)")
        (self.when, self.audience, self.channel, self.template) = (when, audience, channel, template)
        (self.late, self.grace) = (late, grace)
        (self.attendedFor, self.needsRecording, self.scope) = (attendedFor, needsRecording, scope)
    }

    /// Whether it depends on something that is known only some time after the end: attendance, or the recording.
    public var waitsForReports: Bool {
        switch audience {
        case .attended, .absent: true
        case .attendees, .channel, .addresses, .csv: needsRecording
        }
    }
}
