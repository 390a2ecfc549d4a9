package import Testing
package import UsherModel

/// What every channel must do, whatever its kind: the contract of ``Channel``, checked against a real counterpart.
package enum ChannelConformance {
    /// A counterpart as the suite sees it.
    package struct Peer: Sendable {
        /// The channel, with steps that the suite watches.
        package let make: @Sendable (Steps) -> any Channel
        /// How many messages the counterpart holds under a key.
        package let delivered: @Sendable (DedupeKey) -> Int

        /// Takes both.
        package init(
            make: @escaping @Sendable (Steps) -> any Channel, delivered: @escaping @Sendable (DedupeKey) -> Int
        ) {
            (self.make, self.delivered) = (make, delivered)
        }
    }

    /// Runs the suite.
    package static func run(
        _ peer: Peer, message: (DedupeKey) -> Message, at location: SourceLocation = #_sourceLocation
    ) async throws {
        try await wiresOnceBeforeAnythingIsVisible(peer, message(DedupeKey(["one"])), location)
        try await deliversNothingWhereTheMarkIsRefused(peer, message(DedupeKey(["two"])), location)
        try await answersForTheSameKeyTwice(peer, message(DedupeKey(["three"])), location)
    }

    private static func wiresOnceBeforeAnythingIsVisible(_ peer: Peer, _ message: Message, _ location: SourceLocation)
        async throws
    {
        var marks = 0
        let attempt = try await peer.make(.unwatched).send(message) { () async throws(WireFailure) in
            marks += 1
            #expect(peer.delivered(message.key) == 0, "visible before the mark", sourceLocation: location)
        }
        guard case .sent = attempt else {
            Issue.record("not sent: \(attempt)", sourceLocation: location)
            return
        }
        #expect(marks == 1, sourceLocation: location)
        #expect(peer.delivered(message.key) == 1, sourceLocation: location)
    }

    private static func deliversNothingWhereTheMarkIsRefused(
        _ peer: Peer, _ message: Message, _ location: SourceLocation
    ) async throws {
        let refusal = WireFailure("the disk is full")
        let error = await #expect(throws: WireFailure.self, sourceLocation: location) {
            try await peer.make(.unwatched).send(message) { () async throws(WireFailure) in throw refusal }
        }
        #expect(error == refusal, sourceLocation: location)
        #expect(peer.delivered(message.key) == 0, sourceLocation: location)
    }

    private static func answersForTheSameKeyTwice(_ peer: Peer, _ message: Message, _ location: SourceLocation)
        async throws
    {
        let channel = peer.make(.unwatched)
        for _ in 0..<2 {
            _ = try await channel.send(message) { () async throws(WireFailure) in }
        }
        #expect(peer.delivered(message.key) == 1, "the same key is the same message", sourceLocation: location)
        let answer = await channel.lookUp(message.key, recipient: message.recipient, age: .zero)
        if case .notDelivered = answer {
            Issue.record("a delivered message was said not to be", sourceLocation: location)
        }
    }
}
