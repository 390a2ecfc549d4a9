package import Testing
package import UsherModel

/// What every channel must do, whatever its kind: the contract of ``Channel``, checked against a real peer.
///
/// Where a kind promises more (``ChannelPromises``), the promise is checked; where it does not, the weaker rule is.
package struct ChannelConformance {
    /// A peer, and ways to reach it.
    package struct Peer {
        /// Creates a channel to the peer.
        package var connect: () throws -> any Channel
        /// Creates a channel of the same kind to a peer that cannot be reached.
        package var connectToNowhere: () throws -> any Channel
        /// Creates a channel to the peer whose connection breaks after the peer took the first message and before it answers; nil where
        /// there is no connection.
        package var connectAndBreak: (() throws -> any Channel)?
        /// Creates a message for the channel; its content holds the key in hexadecimal.
        package var message: (DeliveryID) throws -> Message
        /// How often the peer holds the message of a key.
        package var count: (DeliveryID) -> Int
        /// How many messages the peer holds.
        package var total: () -> Int

        package init(
            connect: @escaping () throws -> any Channel, connectToNowhere: @escaping () throws -> any Channel,
            connectAndBreak: (() throws -> any Channel)? = nil, message: @escaping (DeliveryID) throws -> Message,
            count: @escaping (DeliveryID) -> Int, total: @escaping () -> Int
        ) {
            (self.connect, self.connectToNowhere, self.connectAndBreak) = (connect, connectToNowhere, connectAndBreak)
            (self.message, self.count, self.total) = (message, count, total)
        }
    }

    private let peer: Peer
    private let location: SourceLocation

    /// Runs the suite.
    package static func run(_ peer: Peer, at location: SourceLocation = #_sourceLocation) async throws {
        let suite = ChannelConformance(peer: peer, location: location)
        try await suite.saysWhomItReaches()
        try await suite.examinesWithoutSending()
        try await suite.awaitsTheMarkOnceBeforeAnythingIsVisible()
        try await suite.deliversNothingWhenTheMarkFails()
        try await suite.refusesContentOfAnotherFormat()
        try await suite.sendsAgainAsPromised()
        try await suite.deliversAsManyAtOnceAsItsWidth()
        try await suite.blamesNoMessageForAPeerThatIsDown()
        try await suite.isInDoubtWhenTheAnswerIsLost()
    }

    private func expect(_ condition: Bool, _ comment: Comment) {
        #expect(condition, comment, sourceLocation: location)
    }

    /// Sends with a mark that succeeds; returns what the channel concluded and how often it awaited the mark.
    private func send(_ message: Message, over channel: any Channel) async throws -> (attempt: Attempt, marks: Int) {
        var marks = 0
        let attempt = try await channel.send(message) { () async throws(WireFailure) in marks += 1 }
        return (attempt, marks)
    }

    private func isSent(_ attempt: Attempt) -> Bool {
        if case .sent = attempt { true } else { false }
    }

    // MARK: The contract

    /// A diverted job replaces the address of mail; a payload has none, so a channel that sends payloads cannot claim to be diverted by it.
    private func saysWhomItReaches() async throws {
        let channel = try peer.connect()
        switch (channel.format, channel.reach) {
        case (.mail, .people), (.payload, .endpoint), (.payload, .local): break
        case (.mail, .endpoint), (.mail, .local), (.payload, .people):
            expect(false, "\(channel.format) does not go with \(channel.reach)")
        }
        expect(channel.width > 0, "a width of \(channel.width)")
        await channel.close()
    }

    private func examinesWithoutSending() async throws {
        let channel = try peer.connect()
        let steps = await channel.examine()
        expect(steps.allSatisfy { $0.error == nil }, "\(steps)")
        expect(peer.total() == 0, "an examination sent a message")
        await channel.close()
    }

    private func awaitsTheMarkOnceBeforeAnythingIsVisible() async throws {
        let channel = try peer.connect()
        let message = try peer.message(DeliveryID(["one"]))
        var marks = 0
        let attempt = try await channel.send(message) { () async throws(WireFailure) in
            marks += 1
            expect(peer.count(message.id) == 0, "visible before the mark")
        }
        expect(isSent(attempt), "\(attempt)")
        expect(marks == 1, "\(marks) marks")
        expect(peer.count(message.id) == 1, "sent and not there")
        let answer = await channel.lookUp(message.id, recipient: message.recipient, age: .zero, subject: nil)
        switch answer {
        case .delivered: break
        case .notDelivered:
            expect(channel.promises.contains(.deliversOncePerKey), "a delivered message is said not to be")
        case .unknown:
            expect(!channel.promises.contains(.findsDeliveries), "a delivered message is not found: \(answer)")
        }
        await channel.close()
    }

    private func deliversNothingWhenTheMarkFails() async throws {
        let channel = try peer.connect()
        let message = try peer.message(DeliveryID(["two"]))
        let failure = WireFailure("the disk is full")
        let error = await #expect(throws: WireFailure.self, sourceLocation: location) {
            try await channel.send(message) { () async throws(WireFailure) in throw failure }
        }
        expect(error == failure, "\(String(describing: error))")
        expect(peer.count(message.id) == 0, "delivered without a mark")
        let answer = await channel.lookUp(
            message.id, recipient: message.recipient, age: .seconds(86_400), subject: nil)
        switch answer {
        case .delivered: expect(false, "a message that never left is said to be delivered")
        case .notDelivered:
            expect(!channel.promises.isEmpty, "a channel that cannot tell says that nothing was delivered")
        case .unknown:
            expect(!channel.promises.contains(.findsDeliveries), "a message that never left is not known to be missing")
        }
        await channel.close()
    }

    private func refusesContentOfAnotherFormat() async throws {
        let channel = try peer.connect()
        let key = DeliveryID(["three"])
        let own = try peer.message(key)
        let content: Message.Content =
            switch own.content {
            case .mail: .payload(mediaType: "application/json", bytes: Array("{\"key\": \"\(key.hex)\"}".utf8))
            case .payload:
                .mail(
                    sender: try Address("a@example.com"), recipient: try Address("b@example.com"),
                    bytes: Array("Subject: \(key.hex)\r\n\r\n".utf8))
            }
        let other = Message(id: key, recipient: own.recipient, content: content)
        let (attempt, marks) = try await send(other, over: channel)
        if case .failed(let refusal) = attempt, refusal.scope == .delivery {} else { expect(false, "\(attempt)") }
        expect(marks == 0 && peer.count(key) == 0, "content of another format left")
        await channel.close()
    }

    private func sendsAgainAsPromised() async throws {
        let channel = try peer.connect()
        let message = try peer.message(DeliveryID(["four"]))
        var sent = 0
        for _ in 0..<2 where isSent(try await send(message, over: channel).attempt) { sent += 1 }
        let expected = channel.promises.contains(.deliversOncePerKey) ? 1 : sent
        expect(sent == 2 && peer.count(message.id) == expected, "\(sent) sent, \(peer.count(message.id)) there")
        await channel.close()
    }

    private func deliversAsManyAtOnceAsItsWidth() async throws {
        let channel = try peer.connect()
        let messages = try (0..<channel.width * 2).map { try peer.message(DeliveryID(["five", "\($0)"])) }
        let attempts = try await withThrowingTaskGroup(of: Attempt.self) { group in
            for (index, message) in messages.enumerated() {
                if index >= channel.width { _ = try await group.next() }
                group.addTask { try await channel.send(message) { () async throws(WireFailure) in } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        expect(attempts.allSatisfy(isSent), "\(attempts)")
        expect(messages.allSatisfy { peer.count($0.id) == 1 }, "not each is there once")
        await channel.close()
    }

    /// A peer that cannot be reached is no fault of the message: it stays to be sent.
    private func blamesNoMessageForAPeerThatIsDown() async throws {
        let channel = try peer.connectToNowhere()
        let message = try peer.message(DeliveryID(["six"]))
        let (attempt, marks) = try await send(message, over: channel)
        if case .retry(let refusal, _) = attempt, refusal.scope != .delivery {} else { expect(false, "\(attempt)") }
        expect(marks <= 1 && peer.count(message.id) == 0, "\(marks) marks")
        await channel.close()
    }

    private func isInDoubtWhenTheAnswerIsLost() async throws {
        guard let channel = try peer.connectAndBreak?() else { return }
        let message = try peer.message(DeliveryID(["seven"]))
        let (attempt, marks) = try await send(message, over: channel)
        if case .inDoubt = attempt {} else { expect(false, "\(attempt)") }
        expect(marks == 1 && peer.count(message.id) == 1, "\(marks) marks, \(peer.count(message.id)) there")
        if channel.promises.contains(.findsDeliveries) {
            let answer = await channel.lookUp(message.id, recipient: message.recipient, age: .zero, subject: nil)
            if case .delivered = answer {} else { expect(false, "\(answer)") }
        }
        await channel.close()
    }
}
