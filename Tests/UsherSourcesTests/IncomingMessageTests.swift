import Foundation
import Testing
import UsherModel

@testable import UsherSources

@Suite("letters of the inbox")
struct IncomingMessageTests {
    private func message(_ text: String) -> IncomingMessage {
        IncomingMessage(Array(text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n").utf8))
    }

    private func report(_ fields: String, returned: String = "Message-ID: <a@b>") throws -> DeliveryReport {
        let text = """
            Content-Type: multipart/report; report-type="delivery-status"; boundary="b; 1"

            --b; 1
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mail.test

            \(fields)

            --b; 1
            Content-Type: text/rfc822-headers

            \(returned)

            --b; 1--
            """
        guard case .report(let report) = message(text).content else { throw NotAReport() }
        return report
    }

    private struct NotAReport: Error {}

    @Test(arguments: [
        ("failed", "5.1.1", "smtp; 550 5.1.1 no such user", true),
        ("failed", "5.1.10", "smtp; 556 5.1.10 null MX", true), ("Failed", "5.2.1", "smtp; 550 disabled", true),
        ("failed", "5.4.1", "smtp; 550 5.4.1 access denied", true),
        ("failed", "5.0.0", "smtp; 550-5.1.1 The email account does not exist", true),
        ("failed (for good)", "5.1.2 (bad domain)", "x-unix; none", true),
        ("failed", "", "smtp; 550 #5.1.1 no", true), ("failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", false),
        ("failed", "5.7.1", "smtp; 550 5.7.1 looks like spam", false),
        ("failed", "5.1.8", "smtp; 550 5.1.8 bad sender", false), ("failed", "5.0.0", "smtp; 554 no", false),
        ("failed", "5.0.0", "smtp; 450 4.1.1 other class", false),
        ("failed", "4.4.7", "smtp; 451 4.4.7 expired", false), ("delayed", "5.1.1", "smtp; 450 later", false),
        ("delivered", "2.1.5", "smtp; 250 fine", false), ("failed", "5.1.1.1", "smtp; no", false),
    ])
    func aReportSuppressesOnlyWhereTheAddressItselfIsGone(
        _ action: String, _ status: String, _ diagnostic: String, _ isGone: Bool
    ) throws {
        let report = try report(
            "Final-Recipient: rfc822; ada@b.test\nAction: \(action)\nStatus: \(status)\nDiagnostic-Code: \(diagnostic)")
        #expect(report.outcomes.map(\.isAddressGone) == [isGone])
        #expect(report.outcomes.first?.addresses.map(\.text) == ["ada@b.test"])
    }

    @Test(arguments: [
        ("Original-Recipient: rfc822;ada+2Bx@b.test", ["ada+2Bx@b.test"]),
        ("Original-Recipient: RFC822 ; <ada@B.test>", ["ada@b.test"]),
        ("Final-Recipient: utf-8; jörg@bücher.test", ["jörg@xn--bcher-kva.test"]),
        ("Final-Recipient: rfc822; ada+40b.test", ["ada@b.test"]), ("Final-Recipient: x400; /C=DE", []),
        ("Final-Recipient: ada@b.test", []),
    ])
    func aRecipientIsReadAsItStands(_ field: String, _ addresses: [String]) throws {
        let report = try report("\(field)\nAction: failed\nStatus: 5.1.1")
        #expect(report.outcomes.first?.addresses.map(\.text) == addresses)
    }

    @Test func aReportOnSeveralSaysWhatBecameOfEach() throws {
        let report = try report(
            "Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; c@b.test\nAction: relayed\n\nNothing: more"
        )
        #expect(report.outcomes.map(\.action) == [.failed, .relayed])
        #expect(report.messageID == "<a@b>")
    }

    @Test func aReturnedMessageOfAnyKindTellsItsID() throws {
        #expect(try report("Action: failed", returned: "Subject: x\nmessage-id:\n <c@d> (c)").messageID == "<c@d> (c)")
        #expect(try report("Action: failed", returned: "Subject: none").messageID == nil)
    }

    @Test(arguments: [
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nx\n--b--\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\nno parts\n",
        "Content-Type: multipart/report; report-type=delivery-status\n\nno boundary\n",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nAction: failed\n--b--\n",
        "", "\n", ":", "From", "Content-Type: multipart/mixed; boundary=\n\n--\n--\n--\n",
    ])
    func anythingElseIsNoReport(_ text: String) {
        #expect(message(text).content == .other)
    }

    @Test func partsWithinPartsAreReadToADepthAndNoDeeper() {
        var text = "Content-Type: text/calendar; method=REPLY\n\n\(Self.calendar)"
        for depth in 0..<6 {
            text = "Content-Type: multipart/mixed; boundary=b\(depth)x\n\n--b\(depth)x\n\(text)\n--b\(depth)x--\n"
        }
        guard case .replies(let replies) = message(text).content else {
            Issue.record("no replies")
            return
        }
        #expect(replies.map(\.answer) == [.tentative] && replies.first?.sentBy?.text == "bob@b.test")
        for depth in 6..<12 {
            text = "Content-Type: multipart/mixed; boundary=b\(depth)x\n\n--b\(depth)x\n\(text)\n--b\(depth)x--\n"
        }
        #expect(message(text).content == .other)
    }

    private static let calendar =
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:u\nDTSTAMP:20261201T100000Z\nATTENDEE;PARTSTAT=TENTATIVE;SENT-BY=\"mailto:bob@b.test\":MAILTO:ada%2B1@b.test\nEND:VEVENT\nEND:VCALENDAR\n"

    @Test func anAuthorIsWhoStandsInBracketsAndOnlyOne() {
        #expect(message("From: \"<x@y.test>\" <ada@b.test>\n\n").author?.text == "ada@b.test")
        #expect(message("From: ada@b.test (Ada, of B)\n\n").author?.text == "ada@b.test")
        #expect(message("From: \"Lovelace, Ada\" <ada@b.test>\n\n").author?.text == "ada@b.test")
        #expect(message("From: a@b.test, c@b.test\n\n").author == nil)
        #expect(message("From: a@b.test\nFrom: c@b.test\n\n").author == nil)
        #expect(message("From: undisclosed\n\n").author == nil)
    }

    @Test func subjectsAreDecoded() {
        #expect(
            message("Subject: =?utf-8?B?w6k=?=\n =?UTF-8?Q?t_=C3=A9?= x =?koi8-r?B?w6k=?=\n\n").subject.text
                == "ét é x =?koi8-r?B?w6k=?=")
        #expect(message("Subject: =?iso-8859-1?Q?=E9?=\n\n").subject.text == "é")
    }

    @Test func noOctetsMakeItFail() {
        // Every beginning of a message, and every octet replaced.
        let whole = Array(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx: y=\r\n\r\n\r\nAction: failed\r\nFinal-Recipient: rfc822;a@b=2Etest\r\n\r\n--b--\r\n"
                .utf8)
        for length in whole.indices { _ = IncomingMessage(Array(whole[..<length])) }
        for index in whole.indices {
            for octet: UInt8 in [0, 10, 13, 34, 45, 59, 61, 255] {
                var changed = whole
                changed[index] = octet
                _ = IncomingMessage(changed)
            }
        }
        guard case .report(let report) = IncomingMessage(whole).content else {
            Issue.record("the message itself is a report")
            return
        }
        #expect(report.outcomes.first?.addresses.map(\.text) == ["a@b.test"])
    }
}
