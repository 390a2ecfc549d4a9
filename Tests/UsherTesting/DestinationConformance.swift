internal import Synchronization
package import Testing
internal import UsherModel

/// The contract of ``Destination``, checked against what really stores the artifacts.
///
/// Whatever a destination declares as a capability must hold; in place of each capability that it does not declare, a
/// weaker promise must hold.
package enum DestinationConformance {
    /// Runs the suite for a destination without a network.
    package static func run(_ peer: DestinationPeer, at location: SourceLocation = #_sourceLocation) async throws {
        try await DestinationTrial.make(peer, link: nil, location).run()
    }

    /// Runs the suite for a destination on a server, and breaks the link to it at every request in turn.
    ///
    /// The server listens on a port of 127.0.0.1; `peer` builds a peer that reaches it at a base URL.
    package static func run(
        port: UInt16, at location: SourceLocation = #_sourceLocation, _ peer: (_ base: String) throws -> DestinationPeer
    ) async throws {
        let link = try BreakableLink(to: port)
        defer { link.stop() }
        let trial = try await DestinationTrial.make(try peer(link.base), link: link, location)
        try await trial.run()
        try await trial.survivesABreakAtEveryRequest(of: link)
    }
}

/// One run of the suite.
struct DestinationTrial {
    let peer: DestinationPeer
    let capabilities: Set<DestinationCapability>
    let width: Int
    let link: BreakableLink?
    let location: SourceLocation

    static func make(
        _ peer: DestinationPeer, link: BreakableLink?, _ location: SourceLocation
    ) async throws -> DestinationTrial {
        let destination = try await peer.make()
        let capabilities = destination.capabilities.subtracting(peer.missing)
        let width = destination.width
        await destination.close()
        return DestinationTrial(peer: peer, capabilities: capabilities, width: width, link: link, location: location)
    }

    func run() async throws {
        try await writesOnceAndLeavesUnchangedAlone()
        try await replacesAsAWhole()
        try await publishesAsManyAtOnceAsItDeclares()
        try await keepsOrReplacesAForeignVersion()
        try await asksBeforeItReplacesWhatIsUnknown()
        try await writesAgainWhatSomeoneDeleted()
        try await findsItsArtifactsWithoutAMemory()
        try await removesOrKeepsWhatIsNoLongerWanted()
        try await sendsNothingThatIsNotRemembered()
        try await reportsRefusedCredentials()
        try await reportsWhatCannotBeWritten()
    }

    // MARK: The promises of every destination

    private func writesOnceAndLeavesUnchangedAlone() async throws {
        let memory = MarksInMemory()
        for text in ["first", "second"] {
            let artifact = peer.artifact("plain", text)
            if text == "first" { try await expectRead(artifact.location, nil) }
            try await expect(artifact, .written, memory)
            try await expectRead(artifact.location, artifact)
            #expect(try await holds("plain", artifact), "stored: \(text)", sourceLocation: location)
            try await expectUntouched(artifact, memory)
            #expect(try await holds("plain", artifact), sourceLocation: location)
        }
        guard capabilities.contains(.remembers) else {
            #expect(memory.history.isEmpty, "the memory is left alone", sourceLocation: location)
            return
        }
        let marks = memory.history
        #expect(marks.first == .some(.unsure) && marks.last != .some(.unsure), sourceLocation: location)
        #expect(memory.mark(of: peer.artifact("plain", "second").location) == marks.last, sourceLocation: location)
    }

    /// How often the reader looks at most.
    private static let reads = 300

    /// A reader polls while two versions replace each other.
    private func replacesAsAWhole() async throws {
        let memory = MarksInMemory()
        let versions = [peer.artifact("whole", "old"), peer.artifact("whole", "new")]
        _ = try await publish([versions[0]], memory)
        let isDone = Flag()
        let torn = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { [self] in
                var torn = 0
                // A limit, and a yield: reading a file never suspends, and would keep a thread from the other tests.
                for _ in 0..<Self.reads where !isDone.isSet {
                    await Task.yield()
                    let bytes = try await peer.stored("whole") ?? []
                    if !versions.contains(where: { peer.matches(bytes, $0) }) { torn += 1 }
                }
                return torn
            }
            defer { isDone.set() }
            for number in 1...6 { _ = try await publish([versions[number % 2]], memory) }
            isDone.set()
            return try await group.reduce(0, +)
        }
        if capabilities.contains(.replacesAtomically) {
            #expect(torn == 0, "a reader saw a part", sourceLocation: location)
        }
        #expect(try await holds("whole", versions[0]), sourceLocation: location)
    }

    private func publishesAsManyAtOnceAsItDeclares() async throws {
        let memory = MarksInMemory()
        let destination = try await peer.make()
        let inventory = try await destination.inventory()
        let artifacts = (0..<max(width, 1)).map { peer.artifact("wide-\($0)", "text \($0)") }
        try await withThrowingTaskGroup(of: PublishOutcome.self) { group in
            for artifact in artifacts {
                group.addTask { try await destination.publish(artifact, in: inventory, memory: memory) }
            }
            for try await outcome in group { #expect(outcome == .written, sourceLocation: location) }
        }
        await destination.close()
        for (number, artifact) in artifacts.enumerated() {
            #expect(try await holds("wide-\(number)", artifact), sourceLocation: location)
        }
    }

    private func writesAgainWhatSomeoneDeleted() async throws {
        let memory = MarksInMemory()
        for text in ["same", "changed"] {
            _ = try await publish([peer.artifact("gone", "same")], memory)
            try await peer.erase("gone")
            let artifact = peer.artifact("gone", text)
            try await expect(artifact, .written, memory)
            #expect(try await holds("gone", artifact), sourceLocation: location)
        }
    }

    private func reportsRefusedCredentials() async throws {
        guard let refused = peer.refused else { return }
        let memory = MarksInMemory()
        let artifact = peer.artifact("secret", "text")
        let error = await #expect(throws: PublishError.self, sourceLocation: location) {
            try await publish([artifact], memory, to: try refused())
        }
        #expect(error?.code == .refusedCredentials, "\(String(describing: error))", sourceLocation: location)
        #expect(try await peer.stored("secret") == nil && memory.count == 0, sourceLocation: location)
    }

    private func reportsWhatCannotBeWritten() async throws {
        let memory = MarksInMemory()
        let artifact = try peer.unwritable()
        let error = try #require(
            await #expect(throws: PublishError.self, sourceLocation: location) {
                try await publish([artifact], memory)
            })
        #expect(error.code == .cannotWrite, "\(error)", sourceLocation: location)
        #expect(!error.location.isEmpty && !error.problem.isEmpty && !error.next.isEmpty, sourceLocation: location)
        let mark = memory.mark(of: artifact.location)
        #expect(mark == nil || mark == .unsure, "never claims what is not there", sourceLocation: location)
    }
}

private final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
