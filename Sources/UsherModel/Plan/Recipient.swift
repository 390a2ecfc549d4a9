/// Who or what a delivery goes to.
public enum Recipient: Hashable, Sendable {
    /// A person, by address: registered, or listed in the job or in a file.
    case person(Address)
    /// The channel itself: a chat room or a system.
    case channel(ChannelName)

    /// The id used in keys and in the ledger: a digest, which may be kept after the address has been erased.
    ///
    /// All spellings of one address have the same.
    public var id: RecipientID {
        switch self {
        case .person(let address): RecipientID(rawValue: Digest.hex(of: ["person", address.identity]))
        case .channel(let name): RecipientID(rawValue: Digest.hex(of: ["channel", name.rawValue]))
        }
    }

    /// The id that earlier versions gave to this spelling of the address, where it differs; nil otherwise.
    public var earlierID: RecipientID? {
        guard case .person(let address) = self, address.identity != address.text else { return nil }
        return RecipientID(rawValue: Digest.hex(of: ["person", address.text]))
    }

    /// The person's address; nil for a channel.
    public var address: Address? {
        switch self {
        case .person(let address): address
        case .channel: nil
        }
    }

    /// The address, or the channel's name in square brackets.
    public var label: String {
        switch self {
        case .person(let address): address.text
        case .channel(let name): "[\(name.rawValue)]"
        }
    }
}

/// The digest that stands for a recipient in the ledger.
public struct RecipientID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let rawValue: String
    /// Creates an id from its digits.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Orders by digits.
    public static func < (left: RecipientID, right: RecipientID) -> Bool { left.rawValue < right.rawValue }
    /// The digits.
    public var description: String { rawValue }
}

/// A recipient on a list (an event's registrations, a CSV file, addresses in the job) with all registrations under one address.
public struct Candidate: Hashable, Sendable {
    /// The recipient.
    public let recipient: Recipient
    /// The registrations of this address, oldest first; empty for ``Recipient/channel(_:)``.
    public let registrations: [Registration]
    /// Whether the address is suppressed: unsubscribed, bounced, listed by hand.
    public let isSuppressed: Bool
    /// The ids that earlier versions gave to this person: the keys of what was enrolled then were made with them.
    public var earlierIDs: [RecipientID] = []
    /// Seconds the recipient was in the session, according to the source's attendance reports; nil without a report.
    public var attendedSeconds: Int?

    /// One registration, as the ledger stores it.
    public struct Registration: Hashable, Sendable {
        /// The attendee, as the source reported it.
        public let attendee: Attendee
        /// When a run first saw the registration.
        public let firstSeenAt: Instant
        /// Whether the latest complete list still contains it.
        public let isListed: Bool

        /// Creates a registration.
        public init(attendee: Attendee, firstSeenAt: Instant, isListed: Bool) {
            (self.attendee, self.firstSeenAt, self.isListed) = (attendee, firstSeenAt, isListed)
        }
    }

    /// Creates a candidate.
    public init(recipient: Recipient, registrations: [Registration], isSuppressed: Bool) {
        (self.recipient, self.registrations, self.isSuppressed) = (recipient, registrations, isSuppressed)
    }
}
