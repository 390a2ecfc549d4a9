import Testing
import UsherTesting

@testable import UsherTransfer

/// A task that is canceled while a mail server does not reply.
@Suite struct MailStopTests {
    /// Sends one message to a server that stops replying at some point, and cancels it once the server got there.
    private func outcome(silentAt location: MailServer.Place, until isThere: @Sendable (MailServer) -> Bool)
        async throws
        -> (MailOutcome, taken: Int)
    {
        try await MailServer.run { server in
            server.expect(location, .silence)
            let client = MailClient(
                MailTransferOptions(servers: [server.url], protection: .none, clientName: "contoso.example"))
            let mail = try MailTransfer(
                sender: "events@contoso.example", recipient: "ada@example.com",
                bytes: Array("Subject: x\r\n\r\nx\r\n".utf8))
            let sending = Task { await client.send(mail, as: nil) {} }
            while !isThere(server) { await Task.yield() }
            sending.cancel()
            let outcome = await sending.value
            await client.close()
            return (outcome, server.taken.count)
        }
    }

    @Test func isInDoubtAfterTheFinalDot() async throws {
        let (outcome, taken) = try await outcome(silentAt: .dot) { !$0.taken.isEmpty }
        #expect(outcome.isInDoubt && !outcome.isAccepted && taken == 1)
        #expect(outcome.text.contains("asked to stop"))
    }

    @Test(arguments: [(MailServer.Place.sender, "MAIL"), (.recipient, "RCPT"), (.data, "DATA")])
    func isCertainlyNotDeliveredBefore(_ location: MailServer.Place, _ word: String) async throws {
        let (outcome, taken) = try await outcome(silentAt: location) { $0.commands.contains { $0.hasPrefix(word) } }
        #expect(!outcome.isInDoubt && !outcome.isAccepted && taken == 0)
        #expect(!outcome.isStaleConnection)
    }
}
