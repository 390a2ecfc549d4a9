internal import Synchronization
internal import Testing
internal import UsherModel

/// What the checks are made of.
extension DestinationTrial {
    /// One run: publishes the artifacts, then removes what is listed and not among them.
    func publish(
        _ artifacts: [Artifact], _ memory: any PublicationMemory, to other: (any Destination)? = nil
    ) async throws -> [String: PublishOutcome] {
        let destination: any Destination
        if let other { destination = other } else { destination = try await peer.make() }
        do {
            let inventory = try await destination.inventory()
            var outcomes: [String: PublishOutcome] = [:]
            for artifact in artifacts {
                outcomes[artifact.location] = try await destination.publish(artifact, in: inventory, memory: memory)
            }
            if let inventory {
                for location in inventory.entityTags.keys.sorted() where outcomes[location] == nil {
                    outcomes[location] = try await destination.remove(location, in: inventory, memory: memory)
                }
            }
            await destination.close()
            return outcomes
        } catch {
            await destination.close()
            throw error
        }
    }

    func expect(_ artifact: Artifact, _ outcome: PublishOutcome, _ memory: MarksInMemory) async throws {
        let outcomes = try await publish([artifact], memory)
        #expect(outcomes[artifact.location] == outcome, "\(artifact.location)", sourceLocation: location)
    }

    /// Reads what is stored at a location; nil for nothing.
    func expectRead(_ address: String, _ artifact: Artifact?) async throws {
        let destination = try await peer.make()
        // A collection exists once it was asked for what it has.
        _ = try await destination.inventory()
        let bytes = try await destination.read(address)
        #expect(
            bytes.map { bytes in artifact.map { peer.matches(bytes, $0) } ?? false } ?? (artifact == nil),
            "read", sourceLocation: location)
        await destination.close()
    }

    /// Publishes once more, which must not write.
    func expectUntouched(_ artifact: Artifact, _ memory: MarksInMemory) async throws {
        let before = try writes()
        try await expect(artifact, .unchanged, memory)
        #expect(try writes() == before, "unchanged means untouched", sourceLocation: location)
    }

    func holds(_ name: String, _ artifact: Artifact) async throws -> Bool {
        try await peer.stored(name).map { peer.matches($0, artifact) } ?? false
    }

    /// Something that changes with every write.
    func writes() throws -> [String] {
        if let writes = peer.writes { return try writes() }
        let reading = ["GET ", "HEAD ", "REPORT ", "PROPFIND ", "OPTIONS "]
        return (link?.requestLines ?? []).filter { line in !reading.contains { line.hasPrefix($0) } }
    }
}

/// A link to a server that breaks when it is told to.
final class BreakableLink: Sendable {
    static let fates: [FaultyLink.Fate] = [.resetAtOnce, .halfRequest, .resetBeforeAnswer, .cut]

    private let link: FaultyLink
    private let fuse: Fuse

    private final class Fuse: Sendable {
        let next = Mutex<(number: Int, fate: FaultyLink.Fate)?>(nil)

        func fate(_ number: Int) -> FaultyLink.Fate {
            next.withLock { next in
                guard let own = next, own.number == number else { return .whole }
                next = nil
                return own.fate
            }
        }
    }

    init(to port: UInt16) throws {
        let fuse = Fuse()
        (link, self.fuse) = (try FaultyLink(to: port) { fuse.fate($0) }, fuse)
    }

    var base: String { "http://127.0.0.1:\(link.port)" }

    var requestLines: [String] { link.requestLines }

    /// Breaks one request: the next one, or the nth after it.
    func `break`(after number: Int, _ fate: FaultyLink.Fate) {
        fuse.next.withLock { $0 = (link.connections + number, fate) }
    }

    /// Whether the request came that was to be broken.
    var isBroken: Bool { fuse.next.withLock { $0 == nil } }

    func mend() { fuse.next.withLock { $0 = nil } }

    func stop() { link.stop() }
}
