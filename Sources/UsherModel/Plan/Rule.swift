/// The name a job gives a channel.
public struct ChannelName: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The name.
    public let rawValue: String
    /// Takes the name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: ChannelName, right: ChannelName) -> Bool { left.rawValue < right.rawValue }
    /// The name.
    public var description: String { rawValue }
}

/// The id of a rule: `when/to/via`, unless the job gives one.
///
/// It is a part of every dedupe key.
public struct RuleID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id.
    public let rawValue: String
    /// Takes the id.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by text.
    public static func < (left: RuleID, right: RuleID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }
}

/// A rule's *to*.
public enum Audience: Hashable, Sendable {
    /// Everyone registered for the session's event.
    case attendees
    /// Those registered who came, by the attendance reports.
    case attended
    /// Those registered who did not come.
    case absent
    /// No person: a room or a system, once per session.
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

/// What becomes of a rule that fell due before someone could be told.
public enum LatePolicy: Hashable, Sendable {
    /// The most informative of what is due goes, the rest is superseded.
    case newest
    /// Whoever registers after it fell due never gets it.
    case skip
}

/// One line of a job: when something is due, to whom, via which channel, with which template.
public struct Rule: Hashable, Sendable {
    /// The id.
    public let id: RuleID
    /// When it is due.
    public let when: When
    /// To whom.
    public let audience: Audience
    /// Via which channel.
    public let channel: ChannelName
    /// With which template; never part of a key.
    public let template: String
    /// What becomes of it once it is late for someone.
    public let late: LatePolicy
    /// How long someone must have been in the session to count as one who came; zero takes any time at all.
    public let attendedFor: Duration
    /// Whether it waits until the session has a recording.
    public let needsRecording: Bool
    /// How long a rule that falls due at or after the session's end may still be sent.
    public let grace: Duration

    /// The default of ``grace``: two hours.
    public static let defaultGrace = Duration.seconds(7200)

    /// Takes all; a nil id becomes `when/to/via`.
    public init(
        id: RuleID? = nil, when: When, audience: Audience, channel: ChannelName, template: String,
        late: LatePolicy = .newest, grace: Duration = Rule.defaultGrace, attendedFor: Duration = .zero,
        needsRecording: Bool = false
    ) {
        self.id = id ?? RuleID(rawValue: "\(when)/\(audience.label)/\(channel)")
        (self.when, self.audience, self.channel, self.template) = (when, audience, channel, template)
        (self.late, self.grace) = (late, grace)
        (self.attendedFor, self.needsRecording) = (attendedFor, needsRecording)
    }

    /// Whether what it tells depends on what is only known some time after the end: who came, or the recording.
    public var waitsForReports: Bool {
        switch audience {
        case .attended, .absent: true
        case .attendees, .channel, .addresses, .csv: needsRecording
        }
    }
}
