/// Bytes to publish, and where.
public struct Artifact: Hashable, Sendable {
    /// The path of a file or a URL; in a collection, the URL of the object.
    public let location: String
    /// The content; the same sessions give the same bytes, so comparing them tells whether anything changed.
    public let bytes: [UInt8]
    /// The `Content-Type`, such as `text/calendar; charset=utf-8`.
    public let mediaType: String

    /// Creates an artifact.
    public init(location: String, bytes: [UInt8], mediaType: String) {
        (self.location, self.bytes, self.mediaType) = (location, bytes, mediaType)
    }
}

/// What became of an artifact.
public enum PublishOutcome: Hashable, Sendable, CaseIterable {
    /// The destination already held these bytes and was not written.
    case unchanged
    /// The destination now holds them.
    case written
    /// The destination no longer holds anything at this location.
    case removed
}

/// What a destination holds, as it reports in a single request.
public struct Inventory: Hashable, Sendable {
    /// The entity tag of each object, by location; empty where the server gives none.
    public let entityTags: [String: String]

    /// Creates an inventory from entity tags by location.
    public init(_ entityTags: [String: String]) { self.entityTags = entityTags }
}

/// A promise that not every destination can make.
///
/// The conformance suite holds a destination to what it declares, and checks a weaker promise in place of each capability
/// that it does not declare.
public enum DestinationCapability: String, Hashable, Sendable, CaseIterable {
    /// A reader sees the old bytes or the new ones, never a mixture or a part. Otherwise a write that breaks off may leave
    /// a part, which the next run replaces.
    case replacesAtomically
    /// Bytes that someone else has written are noticed when an artifact is compared: they stay, and publishing it throws
    /// ``PublishError/Code/lostRace``. Otherwise they are replaced.
    case noticesForeignWrites
    /// A write happens only if the destination still holds what was published last, so that a foreign version is never
    /// overwritten, not even one written a moment ago. Otherwise it may be.
    case writesConditionally
    /// Uses ``PublicationMemory``, as ``Destination/publish(_:in:memory:)`` says. Otherwise the memory is left alone,
    /// because what is stored can always be compared.
    case remembers
    /// Stores the bytes as they were sent, so that a job that has lost its ledger finds its artifacts unchanged. Otherwise
    /// they are written once more.
    case storesBytesAsSent
    /// Lists what it holds, and removes artifacts that were published before and are no longer wanted. Otherwise they stay.
    case removes
}

/// A place where artifacts are kept up to date: files, a web server, an object store, a calendar collection.
///
/// An implementation is built for one publication of one run. It compares before it writes, does not retry across runs,
/// and does not read the clock. It holds no state about artifacts: that is in the inventory and the memory.
public protocol Destination: Sendable {
    /// What it promises beyond ``publish(_:in:memory:)``.
    var capabilities: Set<DestinationCapability> { get }

    /// How many artifacts may be published at the same time.
    var width: Int { get }

    /// How reports name a location: without a query, which may be a key.
    func label(of location: String) -> String

    /// Asks what the destination holds; called once, before anything else.
    ///
    /// It may create the destination itself, such as a missing collection. No artifact is written here.
    ///
    /// - Returns: nil where the destination does not list: ``publish(_:in:memory:)`` then looks for itself.
    /// - Throws: ``PublishError`` where the destination can be neither read nor created.
    func inventory() async throws(PublishError) -> Inventory?

    /// Reads what is stored at a location.
    ///
    /// - Returns: nil where nothing is.
    /// - Throws: ``PublishError`` where it cannot be read.
    func read(_ location: String) async throws(PublishError) -> [UInt8]?

    /// Brings an artifact up to date.
    ///
    /// A destination that ``DestinationCapability/remembers`` keeps to this order:
    /// 1. It compares with ``PublicationMemory/mark(of:)`` and what it holds. Unchanged means untouched: no write.
    /// 2. It remembers ``PublishedMark/unsure`` before the first byte leaves. If that throws, nothing was sent.
    /// 3. It remembers the former mark again as soon as it is certain that the bytes did not arrive.
    /// 4. It remembers the new mark once the destination holds the bytes.
    ///
    /// So a mark never claims more than what is there, and a run that dies at any point leaves enough for the next one to
    /// tell its own bytes from those of others.
    ///
    /// - Parameters:
    ///   - artifact: The bytes, and where they belong.
    ///   - inventory: What ``inventory()`` returned in this run.
    ///   - memory: The marks of this job.
    /// - Returns: ``PublishOutcome/unchanged`` or ``PublishOutcome/written``.
    /// - Throws: ``PublishError``. The destination then holds what it held before, unless
    ///   ``PublishError/mayHaveArrived`` is true or it does not declare ``DestinationCapability/replacesAtomically``.
    func publish(
        _ artifact: Artifact, in inventory: Inventory?, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome

    /// Removes an artifact that is no longer wanted, and forgets it.
    ///
    /// Called only for a destination that ``DestinationCapability/removes``.
    ///
    /// - Parameters:
    ///   - location: A location in the inventory.
    ///   - inventory: What ``inventory()`` returned in this run.
    ///   - memory: The marks of this job.
    /// - Returns: nil where nothing is remembered of it: someone else published it, and it stays.
    /// - Throws: ``PublishError``; `lostRace` where someone else has changed it. It stays, and is forgotten.
    func remove(
        _ location: String, in inventory: Inventory, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome?

    /// Checks without writing that a location can be reached with the credentials.
    ///
    /// - Parameter pattern: The location, in which placeholders are not filled.
    /// - Returns: What was found; nil where there is nothing to reach.
    func examine(_ pattern: String) async -> Examination?

    /// Closes the connections; nothing is published after this.
    func close() async
}

extension Destination {
    /// Nothing has to be reached.
    public func examine(_ pattern: String) async -> Examination? { nil }
    /// The location as it is.
    public func label(of location: String) -> String { location }

    /// No inventory.
    public func inventory() async throws(PublishError) -> Inventory? { nil }

    /// Removes nothing.
    public func remove(
        _ location: String, in inventory: Inventory, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome? { nil }

    /// Nothing to close.
    public func close() async {}
}
