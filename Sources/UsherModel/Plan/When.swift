/// When a rule is due: its *when* in the job file.
public enum When: Hashable, Sendable, CustomStringConvertible {
    /// A session is first seen.
    case announced
    /// An attendee is first seen; only with ``Audience/attendees``.
    case registered
    /// What a recipient was told is no longer true.
    case changed
    /// The session, or the recipient's own registration, is canceled.
    case canceled
    /// A time before or after the start or the end.
    case offset(Offset)

    /// The canonical spelling: `registered`, `24h before start`.
    public var description: String {
        switch self {
        case .announced: "announced"
        case .registered: "registered"
        case .changed: "changed"
        case .canceled: "canceled"
        case .offset(let offset): offset.description
        }
    }

    /// Reads a spelling that the job file allows; nil for any other text.
    public init?(_ text: String) {
        switch text.split(separator: " ").joined(separator: " ") {
        case "announced": self = .announced
        case "registered": self = .registered
        case "changed": self = .changed
        case "canceled": self = .canceled
        default:
            guard let offset = Offset(text) else { return nil }
            self = .offset(offset)
        }
    }
}

/// A time before or after the start or the end of a session: `24h before start`.
public struct Offset: Hashable, Sendable, CustomStringConvertible {
    /// Before or after.
    public enum Side: String, Hashable, Sendable {
        /// Earlier than the anchor.
        case before
        /// Later than the anchor.
        case after
    }

    /// The point from which the time is measured.
    public enum Anchor: String, Hashable, Sendable {
        /// The session's start.
        case start
        /// The session's end.
        case end

        /// The instant of this anchor in a session.
        public func instant(in session: Session) -> Instant {
            switch self {
            case .start: session.start
            case .end: session.end
            }
        }
    }

    /// How far from the anchor; zero or longer.
    public let distance: Duration
    /// Whether it is before or after the anchor.
    public let side: Side
    /// The point from which it is measured.
    public let anchor: Anchor

    /// Creates an offset.
    public init(_ distance: Duration, _ side: Side, _ anchor: Anchor) {
        (self.distance, self.side, self.anchor) = (distance, side, anchor)
    }

    /// Reads `D before|after start|end`; nil for any other text.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3, let distance = DurationText.parse(String(words[0])),
            let side = Side(rawValue: String(words[1])),
            let anchor = Anchor(rawValue: String(words[2]))
        else { return nil }
        self.init(distance, side, anchor)
    }

    /// The due instant in a session.
    public func instant(in session: Session) -> Instant {
        let from = anchor.instant(in: session)
        return switch side {
        case .before: from - distance
        case .after: from + distance
        }
    }

    /// `24h before start`.
    public var description: String {
        "\(DurationText.canonical(distance)) \(side.rawValue) \(anchor.rawValue)"
    }
}
