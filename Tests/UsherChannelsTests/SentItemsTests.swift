import Foundation
import Synchronization
import Testing
import UsherCredentials
import UsherGraph
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherChannels

/// What a mailbox says about mail of which no one knows whether it was sent.
@Suite("mail in doubt, looked up in Sent Items")
struct SentItemsTests {
    private static let now = Instant(secondsSince1970: 1_796_000_000)
    private static let subject = "Seats für alle"

    private func channel(_ server: GraphServer) throws -> GraphMailChannel {
        let clock = TestClock(Self.now, skippingPauses: .zero ... .seconds(3600))
        let connection = GraphConnection(
            EntraApplication(
                cloud: .global, tenant: .env("TENANT"),
                authentication: .clientSecret(clientID: .env("CLIENT"), secret: .env("SECRET")), loginURL: server.url),
            graphURL: server.url)
        let runtime = RuntimeEnvironment(
            variables: GraphServer.environment, clock: clock.wall, jitter: { 0.5 }, makeID: { UUID().uuidString })
        let client = try GraphClient(
            connection, runtime,
            secrets: SecretStore(environment: GraphServer.environment, folder: "/", clock: clock.wall))
        return GraphMailChannel(
            GraphMailOptions(
                user: "events@contoso.example",
                profile: MailProfile(from: try Mailbox("Events <events@contoso.example>"))),
            client: client, clock: WallClock(now: { Self.now }, pause: { _ in }), width: 2)
    }

    private static let address = "p@example.com"

    private func send(
        _ channel: GraphMailChannel, _ name: String, to address: String = Self.address, subject: String = Self.subject
    ) async throws -> DeliveryID {
        guard case .mail(let profile) = channel.format else { throw WireFailure("no mail") }
        let key = DeliveryID([name])
        let encoded = "=?utf-8?B?\(Data(subject.utf8).base64EncodedString())?="
        let text =
            "To: P <\(address)>\r\nSubject: \(encoded)\r\nMessage-ID: \(profile.messageID(of: key))\r\n\r\nText\r\n"
        let recipient = try Address(address)
        let attempt = try await channel.send(
            Message(
                id: key, recipient: .person(recipient),
                content: .mail(sender: profile.from.address, recipient: recipient, bytes: Array(text.utf8))), wire: {})
        guard case .sent = attempt else { throw WireFailure("\(attempt)") }
        return key
    }

    private func answer(
        _ channel: GraphMailChannel, _ key: DeliveryID, age: Duration = .seconds(3600), subject: String? = Self.subject
    ) async throws -> String {
        switch await channel.lookUp(
            key, recipient: .person(try Address(Self.address)), age: age, subject: subject.map { SubjectDigest(of: $0) }
        )
        {
        case .delivered(let evidence): "delivered: \(evidence)"
        case .notDelivered: "not delivered"
        case .unknown(let evidence): "unknown: \(evidence)"
        }
    }

    /// Checks that the answer holds some words.
    private func expect(
        _ words: String, _ channel: GraphMailChannel, _ key: DeliveryID, age: Duration = .seconds(3600),
        subject: String? = Self.subject, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await answer(channel, key, age: age, subject: subject)
        #expect(answer.contains(words), "\(answer)", sourceLocation: location)
    }

    /// A mail that was sent an hour ago, and many others around it.
    private func withMailbox(
        _ edit: @escaping @Sendable (inout GraphMailbox) -> Void = { _ in },
        _ use: (GraphServer, GraphMailChannel, DeliveryID) async throws -> Void
    ) async throws {
        try await GraphServer.run { server in
            server.edit(mailbox: { box in
                box.now = Self.now - .seconds(3595)
                box.page = 2
            })
            let channel = try channel(server)
            for number in 0..<5 { _ = try await send(channel, "a\(number)", to: "a\(number)@example.com") }
            let key = try await send(channel, "wanted")
            for number in 0..<5 { _ = try await send(channel, "z\(number)", to: "z\(number)@example.com") }
            server.edit(mailbox: edit)
            try await use(server, channel, key)
            await channel.close()
        }
    }

    @Test func anEmptyPageWithANextLinkIsNoEnd() async throws {
        try await withMailbox({ $0.beginsWithEmptyPage = true }) { _, channel, key in
            try await expect("recognized by its Message-ID", channel, key)
        }
    }

    @Test func aMailWithAnotherMessageIDIsRecognizedByItsMark() async throws {
        try await withMailbox({
            ($0.replacesMessageIDs, $0.beginsWithEmptyPage) = (true, true)
        }) { _, channel, key in
            try await expect("recognized by X-Usher-Delivery", channel, key)
            try await expect("delivered: ", channel, key, subject: nil)
        }
    }

    private static let bare: @Sendable (inout GraphMailbox) -> Void = {
        ($0.replacesMessageIDs, $0.showsNoFields) = (true, true)
    }

    @Test func aMailWithoutAnyMarkIsRecognizedBySubjectAndRecipient() async throws {
        try await withMailbox(Self.bare) { _, channel, key in
            try await expect("recognized by its subject and recipient", channel, key)
            try await expect("delivered: ", channel, key, subject: " Seats  für alle ")
            try await expect("unknown", channel, key, subject: nil)
            try await expect("not delivered", channel, key, subject: "Another")
        }
    }

    @Test func twoThatMayBeItLeaveTheDoubt() async throws {
        try await withMailbox(Self.bare) { _, channel, key in
            _ = try await send(channel, "twin")
            try await expect("unknown: 2 in the mailbox", channel, key)
        }
    }

    @Test func mailOfAnotherDeliveryIsNotTakenForIt() async throws {
        try await withMailbox { _, channel, _ in
            try await expect("not delivered", channel, DeliveryID(["never sent"]))
            try await expect("not delivered", channel, DeliveryID(["never sent"]), subject: nil)
        }
    }

    @Test func whatIsFromAnotherTimeIsNotIt() async throws {
        try await withMailbox(Self.bare) { _, channel, key in
            try await expect("not delivered", channel, key, age: .seconds(86_400))
        }
    }

    @Test func aMissingMailIsNotThereOnlyAfterAWhile() async throws {
        try await withMailbox({ $0.keepsNothing = true }) { _, channel, key in
            try await expect("unknown: not in the mailbox yet", channel, key, age: .seconds(60))
            try await expect("unknown", channel, key, age: .seconds(899))
            try await expect("not delivered", channel, key, age: .seconds(900))
        }
    }

    /// The third page of the list fails in some way: throttled once is waited for, everything else leaves the doubt.
    @Test(arguments: [
        (GraphServer.Fault.throttle(7), false, "not delivered"), (.throttle(900), true, "unknown"),
        (.status(503), true, "unknown"), (.status(403), true, "unknown"), (.status(404), true, "unknown"),
        (.cutBody, true, "unknown"), (.garbage, true, "unknown"),
    ])
    func aPageThatCannotBeReadLeavesTheDoubt(
        _ fault: GraphServer.Fault, _ isLasting: Bool, _ expected: String
    ) async throws {
        try await withMailbox { server, channel, _ in
            let pages = Mutex(0)
            server.faults { path, _ in
                guard path.contains("SentItems") else { return nil }
                let number = pages.withLock { pages in
                    pages += 1
                    return pages
                }
                return number == 3 || isLasting && number > 3 ? fault : nil
            }
            try await expect(expected, channel, DeliveryID(["never sent"]))
        }
    }

    @Test func aMailboxWithoutEndIsGivenUp() async throws {
        try await withMailbox({ box in
            box.page = 1
            let other = GraphMailbox.Mail(mime: "To: <q@example.com>\r\n\r\n", sentAt: box.now)
            box.mails += Array(repeating: other, count: 60)
        }) { _, channel, _ in
            try await expect("more than 50 pages", channel, DeliveryID(["never sent"]))
        }
    }

    // MARK: What a mailbox keeps

    /// Sends a mail with everything that matters in its header, and reads it back.
    private func copies(
        _ edit: @escaping @Sendable (inout GraphMailbox) -> Void
    ) async throws -> [String: Examination] {
        try await GraphServer.run { server in
            server.edit(mailbox: edit)
            let channel = try channel(server)
            guard case .mail(let profile) = channel.format else { throw WireFailure("no mail") }
            let (key, recipient) = (DeliveryID(["trial"]), try Address(Self.address))
            let text =
                "To: <\(recipient)>\r\nSubject: [Test] Seats\r\nMessage-ID: \(profile.messageID(of: key))\r\n"
                + "Auto-Submitted: auto-generated\r\nList-Unsubscribe: <https://example.com/leave>\r\n\r\nText\r\n"
            var message = Message(
                id: key, recipient: .person(recipient),
                content: .mail(sender: profile.from.address, recipient: recipient, bytes: Array(text.utf8)))
            message.subject = Line(cleaning: "[Test] Seats")
            _ = try await channel.send(message, wire: {})
            let steps = await channel.examine(copyOf: message)
            await channel.close()
            return Dictionary(steps.map { ($0.step, $0) }) { first, _ in first }
        }
    }

    private func results(_ steps: [String: Examination]) -> [String: String] {
        steps.mapValues { $0.result }.filter { $0.key.hasPrefix("the copy keeps") }
    }

    @Test func aMailboxThatKeepsEverythingIsToldFromOneThatDoesNot() async throws {
        let all = try await copies { $0.beginsWithEmptyPage = true }
        #expect(
            results(all) == [
                "the copy keeps the Message-ID": "yes", "the copy keeps X-Usher-Delivery": "yes",
                "the copy keeps List-Unsubscribe": "yes", "the copy keeps Auto-Submitted": "yes",
            ])
        #expect(all.values.allSatisfy { $0.warning == nil && $0.error == nil }, "\(all)")
        let some = try await copies {
            ($0.replacesMessageIDs, $0.lostFields) = (true, ["list-unsubscribe", "auto-submitted"])
        }
        #expect(
            results(some) == [
                "the copy keeps the Message-ID": "no", "the copy keeps X-Usher-Delivery": "yes",
                "the copy keeps List-Unsubscribe": "no", "the copy keeps Auto-Submitted": "no",
            ])
        #expect(some["the copy keeps Auto-Submitted"]?.warning?.contains("automatic replies") == true)
    }

    @Test func whatAMailboxDoesNotShowIsNotToldToBeLost() async throws {
        let steps = try await copies(Self.bare)
        #expect(
            results(steps) == [
                "the copy keeps the Message-ID": "no", "the copy keeps the header fields": "not told",
            ])
        let none = try await copies { $0.keepsNothing = true }
        #expect(none.count == 1 && none.values.first?.result == "not found", "\(none)")
        #expect(none.values.first?.warning?.contains("look whether Sent Items are kept") == true)
    }
}
