/// How many people may be missing from a list at once before the list itself is in doubt.
public struct RosterLimit: Hashable, Sendable {
    /// So many people may always be missing, which serves short lists; but not everyone on a list of two or more.
    public static let floor = 3

    /// The part of the people on the list that may be missing at once, from 0 to 1.
    public let fraction: Double
    /// The digest of the missing people that a person approved; nil if none was.
    public let approval: String?

    /// Creates a limit.
    public init(fraction: Double, approval: String? = nil) { (self.fraction, self.approval) = (fraction, approval) }

    /// Whether a list proves nothing.
    ///
    /// - Parameters:
    ///   - missing: The number of people who were on the list before and are not now.
    ///   - listed: The number of people who were on it before.
    ///   - isEmptied: Whether it has no one on it now.
    /// - Returns: Whether more are missing than may be.
    public func isExceeded(missing: Int, of listed: Int, isEmptied: Bool) -> Bool {
        if isEmptied { return missing > 1 }
        return missing > Self.floor && Double(missing) > fraction * Double(listed)
    }
}

/// A list from which more people are missing than may be, so that it proves nothing about anyone.
public struct DoubtfulRoster: Hashable, Sendable {
    /// The list.
    public let list: RosterID
    /// The number of people who are missing.
    public let missing: Int
    /// The number of people who were on the list before.
    public let listed: Int
    /// Whether the list has no one on it now.
    public let isEmptied: Bool
    /// What a person passes to `--approve`; it stands for exactly these people on this list.
    public let digest: String

    /// Creates a doubt.
    public init(list: RosterID, missing: Int, listed: Int, isEmptied: Bool, digest: String) {
        (self.list, self.missing, self.listed, self.isEmptied) = (list, missing, listed, isEmptied)
        self.digest = digest
    }
}

/// What became of a reading that reached the end of its list.
public enum RosterCompletion: Hashable, Sendable {
    /// It counts.
    case complete
    /// It counts, because a person approved that these people are missing.
    case approved
    /// It proves nothing.
    case doubtful(DoubtfulRoster)
}
