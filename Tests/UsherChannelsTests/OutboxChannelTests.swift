import Foundation
import Testing
import UsherChannels
import UsherModel
import UsherTesting

@Suite("the outbox")
struct OutboxChannelTests {
    private let folder: TemporaryFolder
    private let person: Recipient
    private let profile: MailProfile

    init() throws {
        folder = try TemporaryFolder()
        person = .person(try Address("ada@example.com"))
        profile = MailProfile(from: try Mailbox("events@example.com"))
    }

    private func channel(_ steps: Steps = .unwatched) -> OutboxChannel {
        OutboxChannel(OutboxOptions(folder: folder.path("out"), format: .mail(profile)), steps: steps)
    }

    private func message(_ key: DeliveryID, _ text: String = "Subject: x\r\n\r\nHello\r\n") throws -> Message {
        let address = try Address("ada@example.com")
        return Message(
            id: key, recipient: person,
            content: .mail(sender: profile.from.address, recipient: address, bytes: Array(text.utf8)))
    }

    @Test func aMessageIsAFileOfItsOwnerOnly() async throws {
        let key = DeliveryID(["a"])
        _ = try await channel().send(try message(key)) { () async throws(WireFailure) in }
        #expect(folder.list("out") == ["\(key.hex).eml"])
        #expect(try folder.read("out/\(key.hex).eml") == "Subject: x\r\n\r\nHello\r\n")
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("out/\(key.hex).eml"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func afterAKillTheFolderTellsWhatBecameOfTheMessage() async throws {
        let key = DeliveryID(["a"])
        #expect(
            await isUnknown(channel().lookUp(key, recipient: person, age: .zero, subject: nil)), "no folder, no answer")
        let refusing = Task {
            try await channel().send(try message(key)) { () async throws(WireFailure) in throw WireFailure("killed") }
        }
        _ = await refusing.result
        #expect(await channel().lookUp(key, recipient: person, age: .zero, subject: nil) == .notDelivered)
        _ = try await channel().send(try message(key)) { () async throws(WireFailure) in }
        #expect(await isDelivered(channel().lookUp(key, recipient: person, age: .zero, subject: nil)))
        try FileManager.default.removeItem(atPath: folder.path("out/\(key.hex).eml"))
        #expect(
            await isDelivered(channel().lookUp(key, recipient: person, age: .zero, subject: nil)),
            "a consumer has taken it")
    }

    @Test func aFolderThatCannotBeWrittenStopsTheChannelAndLosesNothing() async throws {
        try folder.write("a file", to: "out")
        var marks = 0
        let attempt = try await channel().send(try message(DeliveryID(["a"]))) { () async throws(WireFailure) in
            marks += 1
        }
        guard case .retry(let refusal, _) = attempt else {
            Issue.record("\(attempt)")
            return
        }
        #expect(refusal.scope == .storage && refusal.reason.text.contains("out"))
        #expect(marks == 0)
    }

    private func isDelivered(_ answer: DoubtAnswer) -> Bool { if case .delivered = answer { true } else { false } }
    private func isUnknown(_ answer: DoubtAnswer) -> Bool { if case .unknown = answer { true } else { false } }
}
