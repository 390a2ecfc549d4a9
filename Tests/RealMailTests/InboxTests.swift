import Foundation
import Testing
import UsherEngine
import UsherLedger
import UsherModel
import UsherTesting

@Suite("the inbox, read from Dovecot", .serialized)
struct InboxTests {
    private static let boxes = [InboxWorld.mailbox]

    private func world(_ use: (InboxWorld) async throws -> Void) async throws {
        try await MailHost.run(Self.boxes) { try await use(InboxWorld($0)) }
    }

    private func deliver(_ world: InboxWorld, _ messages: String...) async throws {
        for message in messages { try await world.host.deliver(message, to: InboxWorld.mailbox) }
    }

    @Test func relevantMessagesAreRecordedOnceAndTheMailboxIsNotChanged() async throws {
        try await world { world in
            try await deliver(
                world, IncomingMessages.plain(from: "friend@elsewhere.test"),
                IncomingMessages.bounce(of: try await world.messageID(of: "ada"), to: "ada@usher.test"),
                IncomingMessages.plain(from: "Bob <bob@usher.test>", to: "leave@usher.test", subject: "Leave us"),
                IncomingMessages.reply(world.uid, "cem@usher.test", "DECLINED"))
            let before = try await world.host.mails(of: InboxWorld.mailbox)
            let first = try await world.read()
            let tally = first.tally
            #expect(first.problems.isEmpty)
            #expect(tally.read == 4 && tally.bounced == 1 && tally.unsubscribed == 1 && tally.declined == 1)
            #expect(tally.others == 1 && tally.refused == 0)
            let suppressed = try await world.suppressed()
            #expect(suppressed["ada@usher.test"] == "bounced: 5.1.1", "\(suppressed)")
            #expect(suppressed["bob@usher.test"] == "unsubscribed by mail" && suppressed.count == 2)
            #expect(try await world.replies() == ["Cem@usher.test": .declined])
            let after = try await world.host.mails(of: InboxWorld.mailbox)
            #expect(before.map(\.uid) == after.map(\.uid) && before.map(\.flags) == after.map(\.flags))
            #expect(before.map(\.raw) == after.map(\.raw) && after.allSatisfy { $0.flags.isEmpty })
            #expect(try await world.read().tally == InboxReport.Tally())

            // Suppressed addresses get no reminder.
            let later = try await world.rehearsal.run("2026-12-09T15:00:00Z")
            #expect(later.tally.sent == 1, "\(later.problems)")
        }
    }

    @Test func temporaryBouncesAreRecordedWithTheirDelivery() async throws {
        try await world { world in
            let id = try await world.messageID(of: "ada")
            try await deliver(
                world,
                IncomingMessages.bounce(of: id, to: "ada@usher.test", status: "5.2.2", diagnostic: "smtp; 552 full"),
                IncomingMessages.bounce(
                    of: id, to: "ada@usher.test", action: "delayed", status: "4.4.1", diagnostic: ""),
                IncomingMessages.bounce(
                    of: id, to: "ada@usher.test", action: "delivered", status: "2.1.5", diagnostic: ""))
            let report = try await world.read()
            #expect(report.tally.noted == 2 && report.tally.others == 1 && report.problems.isEmpty)
            let ledger = try #require(try await SQLiteLedger.openReadOnly(path: world.rehearsal.path + "/usher.sqlite"))
            let attempts = try #require(try await ledger.show(prefix: String(id.dropFirst().prefix(40))).first).attempts
            #expect(attempts.map(\.outcome) == ["returned", "delayed"])
            #expect(attempts.map(\.text) == ["5.2.2 smtp; 552 full", "4.4.1"])
            #expect(try await world.suppressed().isEmpty)
        }
    }

    @Test func aForgedReportChangesNothing() async throws {
        try await world { world in
            let ada = try await world.messageID(of: "ada")
            try await deliver(
                world,
                // Mails that were never sent, another recipient's address, and a report without the original header.
                IncomingMessages.bounce(of: "<\(String(repeating: "0a", count: 20))@usher.test>", to: "ada@usher.test"),
                IncomingMessages.bounce(of: "<human@usher.test>", to: "ada@usher.test"),
                IncomingMessages.bounce(of: ada, to: "bob@usher.test"),
                IncomingMessages.bounce(of: nil, to: "ada@usher.test"))
            let report = try await world.read()
            #expect(report.tally.refused == 3 && report.tally.others == 1 && report.tally.bounced == 0)
            #expect(report.problems.map(\.code) == [.badRecord, .badRecord, .badRecord])
            #expect(try await world.suppressed().isEmpty)
        }
    }

    @Test func whoSendsAForgedMessageDecidesNothing() async throws {
        try await world { world in
            let leave = "leave@usher.test"
            let failed = "mx.usher.test; dmarc=fail header.from=usher.test; spf=pass smtp.mailfrom=eve@elsewhere.test"
            try await deliver(
                world, IncomingMessages.plain(from: "ada@usher.test", to: leave, subject: "leave us", results: failed),
                IncomingMessages.plain(
                    from: "bob@usher.test", to: leave, subject: "leave us",
                    more: "Authentication-Results: mx.usher.test; dmarc=pass header.from=usher.test\n", results: failed),
                IncomingMessages.plain(
                    from: "cem@usher.test", to: leave, subject: "leave us",
                    results: "mx.elsewhere.test; dmarc=pass header.from=usher.test"),
                IncomingMessages.reply(world.uid, "ada@usher.test", "DECLINED", results: failed),
                IncomingMessages.bounce(of: "<\(String(repeating: "0a", count: 20))@usher.test>", to: "ada@usher.test"))
            let report = try await world.read()
            #expect(report.tally.refused == 5 && report.tally.unsubscribed == 0, "\(report)")
            let words = report.problems.map(\.text).joined(separator: "\n")
            #expect(words.contains("usher ledger suppress ada@usher.test"), "\(words)")
            #expect(try await world.suppressed().isEmpty)
            #expect(try await world.replies().isEmpty)
        }
    }

    @Test func theLinkOfAMailUnsubscribesItsRecipientWhoeverUsesIt() async throws {
        try await world { world in
            let box = world.rehearsal.path + "/outbox"
            let names = try FileManager.default.contentsOfDirectory(atPath: box)
            let mails = try names.map { try String(contentsOfFile: "\(box)/\($0)", encoding: .utf8) }
            let mail = try #require(mails.first { $0.contains("To: Ada <ada@usher.test>") })
            let link = try #require(
                mail.replacing("\r\n ", with: " ").firstMatch(of: /<mailto:(off\+[0-9a-f]{36}@usher.test)>/)?.1)
            try await deliver(
                world,
                IncomingMessages.plain(
                    from: "ada@elsewhere.test", to: String(link), subject: "unsubscribe", results: "x; none"),
                IncomingMessages.plain(
                    from: "ada@elsewhere.test", to: String(link.replacing("off+", with: "off+00")),
                    subject: "unsubscribe",
                    results: "x; none"))
            let report = try await world.read()
            #expect(report.tally.unsubscribed == 1 && report.tally.others == 1, "\(report)")
            #expect(try await world.suppressed() == ["ada@usher.test": "unsubscribed by mail"])
        }
    }

    @Test func aForwardedAddressIsMatchedByTheOriginalRecipient() async throws {
        try await world { world in
            try await deliver(
                world,
                IncomingMessages.bounce(
                    of: try await world.messageID(of: "ada"), to: "ada@new.test", original: "ada+40usher.test"))
            #expect(try await world.read().tally.bounced == 1)
            #expect(try await world.suppressed().keys.sorted() == ["ada@usher.test"])
        }
    }

    @Test func onlyRecipientsWhoAskForItAreUnsubscribed() async throws {
        try await world { world in
            let leave = "leave@usher.test"
            try await deliver(
                world, IncomingMessages.plain(from: "stranger@elsewhere.test", to: leave, subject: "leave us"),
                IncomingMessages.plain(from: "ada@usher.test", to: leave, subject: "when is it?"),
                IncomingMessages.plain(
                    from: "bob@usher.test", to: leave, subject: "leave us", more: "Auto-Submitted: auto-replied\n"),
                IncomingMessages.plain(from: "ada@usher.test", to: "events@usher.test", subject: "leave us"),
                IncomingMessages.plain(from: "ada@usher.test, bob@usher.test", to: leave, subject: "leave us"),
                IncomingMessages.plain(
                    from: "\"<bob@usher.test>\" <Cem@usher.test>", to: leave, subject: "=?utf-8?Q?Leave_us?=")
            )
            let report = try await world.read()
            #expect(report.tally.refused == 1 && report.tally.others == 4 && report.tally.unsubscribed == 1)
            #expect(try await world.suppressed().keys.sorted() == ["Cem@usher.test"])
        }
    }

    @Test func theNewestReplyOfTheInviteeCounts() async throws {
        try await world { world in
            try await deliver(
                world, IncomingMessages.reply(world.uid, "ada@usher.test", "ACCEPTED", stamp: "20261201T120000Z"),
                IncomingMessages.reply(world.uid, "ada@usher.test", "DECLINED", stamp: "20261201T110000Z"),
                IncomingMessages.reply(world.uid, "bob@usher.test", "TENTATIVE", stamp: "20261201T120000Z"),
                IncomingMessages.reply(world.uid, "bob@usher.test", "DECLINED", sequence: 1, stamp: "20261201T110000Z"),
                IncomingMessages.reply(world.uid, "cem@usher.test", "ACCEPTED", from: "ada@usher.test"),
                IncomingMessages.reply(world.uid, "stranger@elsewhere.test", "ACCEPTED"),
                IncomingMessages.reply("another-uid", "ada@usher.test", "DECLINED"),
                IncomingMessages.reply(world.uid, "cem@usher.test", "NEEDS-ACTION"))
            let tally = try await world.read().tally
            #expect(tally.accepted == 1 && tally.tentative == 1 && tally.declined == 1 && tally.known == 1)
            #expect(tally.refused == 2 && tally.others == 2)
            #expect(try await world.replies() == ["ada@usher.test": .accepted, "bob@usher.test": .declined])
        }
    }

    @Test func aRecreatedMailboxIsReadAgainAndNothingIsRecordedTwice() async throws {
        try await world { world in
            try await deliver(
                world, IncomingMessages.bounce(of: try await world.messageID(of: "ada"), to: "ada@usher.test"),
                IncomingMessages.bounce(
                    of: try await world.messageID(of: "bob"), to: "bob@usher.test", status: "5.2.2"),
                IncomingMessages.reply(world.uid, "bob@usher.test", "ACCEPTED"))
            _ = try await world.read()
            let held = try await (world.suppressed(), world.replies())
            try await world.host.recreate(InboxWorld.mailbox)
            let again = try await world.read()
            #expect(again.tally.read == 3 && again.tally.known == 3, "\(again)")
            #expect(again.notes.contains { $0.contains("UIDVALIDITY") })
            #expect(try await (world.suppressed(), world.replies()) == held)
        }
    }

    @Test func aKillAtAnyCommitRecordsEachMessageOnce() async throws {
        try await world { world in
            try await deliver(
                world, IncomingMessages.plain(from: "friend@elsewhere.test"),
                IncomingMessages.bounce(of: try await world.messageID(of: "ada"), to: "ada@usher.test"),
                IncomingMessages.reply(world.uid, "bob@usher.test", "ACCEPTED"),
                IncomingMessages.plain(from: "Cem@usher.test", to: "leave@usher.test", subject: "leave us"),
                IncomingMessages.plain(from: "friend@elsewhere.test"))
            let files = ["", ".witness"].map { URL(filePath: world.rehearsal.path + "/usher.sqlite\($0)") }
            let fresh = try files.map { try Data(contentsOf: $0) }
            // Opening is one commit, and so are each of the three relevant messages and the last position.
            for n in 1...5 {
                for name in world.rehearsal.ledgerFiles { try FileManager.default.removeItem(atPath: name) }
                for (file, data) in zip(files, fresh) { try data.write(to: file) }
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [n = n as Int, path = world.rehearsal.path as String] in
                    try await InboxWorld.read(path, dyingAt: n)
                }
                let rest = try await world.read()
                #expect(rest.tally.read == [5, 5, 3, 2, 1][n - 1] && rest.problems.isEmpty, "\(n): \(rest)")
                #expect(try await world.suppressed().count == 2)
                #expect(try await world.replies() == ["bob@usher.test": .accepted])
                #expect(try await world.read().tally == InboxReport.Tally())
            }
        }
    }

    @Test func aDryRunRecordsNothing() async throws {
        try await world { world in
            try await deliver(
                world, IncomingMessages.bounce(of: try await world.messageID(of: "ada"), to: "ada@usher.test"))
            #expect(try await world.read(isDry: true).tally.bounced == 1)
            #expect(try await world.suppressed().isEmpty)
            #expect(try await world.read().tally.bounced == 1)
        }
    }

    @Test func aMessageLargerThanTheLimitIsStillRecognized() async throws {
        try await world { world in
            let message = IncomingMessages.bounce(of: try await world.messageID(of: "ada"), to: "ada@usher.test")
            let line = String(repeating: "x", count: 76) + "\n"
            let large = message.replacing("--b1--", with: String(repeating: line, count: 8000) + "--b1--")
            try await deliver(world, large, IncomingMessages.plain(from: "a@b.test"))
            let tally = try await world.read().tally
            #expect(tally.read == 2 && tally.bounced == 1)
        }
    }

    @Test func startTLSAndAnotherFolderWork() async throws {
        try await MailHost.run(Self.boxes) { host in
            let files = "username: {file: name}, password: {file: word}, ca-file: \(host.folder.path("ca.pem"))"
            let world = try await InboxWorld(host, inbox: "{url: \"imap://127.0.0.1:\(host.imap)/INBOX\", \(files)}")
            try await deliver(world, IncomingMessages.plain(from: "a@b.test"))
            let job = try ConfiguredJob(job: world.rehearsal.path + "/job.yaml", .rehearsed())
            let steps = await JobInspection(job, now: .distantPast).examine().filter { $0.step.contains("inbox") }
            #expect(steps.map(\.error) == [nil])
            #expect(try await world.read().tally.others == 1)
            let other = try await InboxWorld(
                host, inbox: "{url: \"imap://127.0.0.1:\(host.imap)/B%C3%BCro%20&%20%22Co%22\", \(files)}")
            let missing = try ConfiguredJob(job: other.rehearsal.path + "/job.yaml", .rehearsed())
            #expect(await JobInspection(missing, now: .distantPast).examine().last?.error?.code == .malformed)
            let report = try await other.read()
            #expect(report.problems.map(\.code) == [.sourceUnreachable] && report.tally.read == 0)
        }
    }

    @Test func aWrongPasswordAndAnUntrustedCertificateStopTheReading() async throws {
        try await MailHost.run(Self.boxes) { host in
            let url = "url: \"imaps://127.0.0.1:\(host.imaps)\", username: {file: name}"
            let wrong = try await InboxWorld(
                host, inbox: "{\(url), password: {file: name}, ca-file: \(host.folder.path("ca.pem"))}")
            let refused = try await wrong.read()
            #expect(refused.problems.map(\.code) == [.refusedCredentials])
            #expect(refused.problems.allSatisfy { !$0.text.contains(InboxWorld.mailbox) })
            let strange = try await InboxWorld(host, inbox: "{\(url), password: {file: word}}")
            let report = try await strange.read()
            #expect(report.problems.map(\.code) == [.sourceUnreachable], "\(report.problems)")
            #expect(report.problems.first?.text.contains("TLS") == true)
        }
    }
}
