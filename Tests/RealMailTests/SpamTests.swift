import Foundation
import Testing
import UsherEngine
import UsherTesting

/// The scores of all shipped mail templates, in every language, by SpamAssassin's own rules.
@Suite("mail before a spam filter")
struct SpamTests {
    private static let languages = ["en", "de", "fr"]
    private static let templates = ["invite", "update", "cancel", "reminder", "follow-up"]
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 0)
        let people = Self.languages.map { "\($0)@example.com,Ada,Lovelace,\($0)" }
        try folder.write(
            (["email,first-name,last-name,language"] + people).joined(separator: "\n") + "\n", to: "people.csv")
        try folder.write("0123456789abcdef0123456789abcdef", to: "secret")
        try folder.write(
            """
            name: spam
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              out: {kind: outbox, to: outbox, from: "Contoso Events <events@contoso.com>", unsubscribe: ["https://events.contoso.com/leave", "mailto:leave@contoso.com?subject=leave"], one-click: true}
            rules:
              - {when: registered,       to: attendees, via: out, template: invite}
              - {when: 24h before start, to: attendees, via: out, template: reminder}
              - {when: changed,          to: attendees, via: out, template: update}
              - {when: canceled,         to: attendees, via: out, template: cancel}
              - {when: 1h after end,     to: attendees, via: out, template: follow-up}
            publish:
              - {kind: calendar, each: attendee, to: "me/{attendee.token}.ics", calendar-url: "https://events.contoso.com/me/{attendee.token}.ics", secret: {file: secret}}
            """, to: "job.yaml")
    }

    @Test func everyTemplateInEveryLanguageScoresWellBelowTheLimit() async throws {
        let mails = try await mails()
        #expect(mails.count { $0.name == "invite" && $0.text.contains("events.contoso.com/me/") } == 3)
        #expect(mails.count == Self.templates.count * Self.languages.count)
        let ratings = try await ratings(mails.map(\.text))
        #expect(ratings.count == mails.count)
        for (mail, rating) in zip(mails, ratings) {
            #expect(rating.score < 1.0, "\(mail.name): \(rating)")
            let broken = rating.rules.filter { Self.isAboutForm($0) }
            #expect(broken.isEmpty, "\(mail.name): \(rating)")
        }
    }

    @Test func spamIsDetected() async throws {
        let spam =
            "Subject: test\nFrom: a@b.test\n\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"
        let rating = try #require(try await ratings([spam]).first)
        #expect(rating.score > 900 && rating.rules.contains("GTUBE"), "\(rating)")
    }

    /// The mails of all five templates during the life of two sessions.
    private func mails() async throws -> [(name: String, text: String)] {
        var mails: [(String, String)] = []
        var known: Set<String> = []
        func run(_ template: String, _ now: String) async throws {
            let report = try await rehearsal.run(now)
            #expect(report.tally.sent == Self.languages.count, "\(template): \(report.problems)")
            for name in rehearsal.messages() where known.insert(name).inserted {
                mails.append((template, try folder.read("outbox/\(name)")))
            }
        }
        try await run("invite", "2026-12-01T09:00:00Z")
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00", subject: "Seats and more seats"))
        try await run("update", "2026-12-02T09:00:00Z")
        try await run("reminder", "2026-12-10T15:00:00Z")
        try await run("follow-up", "2026-12-11T17:00:00Z")
        let other = Rehearsal.events(start: "2026-12-20T15:00:00").replacing("\"s1\"", with: "\"s2\"")
        try rehearsal.write(events: other)
        _ = try await rehearsal.run("2026-12-12T09:00:00Z")
        for name in rehearsal.messages() { known.insert(name) }
        try rehearsal.write(events: other.replacing("\"published\"", with: "\"canceled\""))
        try await run("cancel", "2026-12-13T09:00:00Z")
        return mails
    }

    private struct Rating {
        let score: Double
        let rules: [String]
    }

    /// Runs SpamAssassin once over all mails, in one mailbox file, without network tests.
    private func ratings(_ mails: [String]) async throws -> [Rating] {
        let box = mails.map { mail in
            "From sender@contoso.com Tue Dec  1 09:00:00 2026\n\(mail.replacing("\r\n", with: "\n"))\n"
        }
        try folder.write(box.joined(), to: "mails.mbox")
        let result = try await Python.run(
            MailHost.script,
            ["run", "env", "HOME=\(folder.path)", "spamassassin", "--local", "--mbox", folder.path("mails.mbox")])
        let lines = result.output.replacing("\n\t", with: " ").split(separator: "\n")
        return lines.filter { $0.hasPrefix("X-Spam-Status:") }.compactMap { line in
            let words = line.split(separator: " ")
            guard let score = words.first(where: { $0.hasPrefix("score=") }).flatMap({ Double($0.dropFirst(6)) }),
                let start = line.firstRange(of: "tests="),
                let end = line[start.upperBound...].firstRange(of: " autolearn")
            else { return nil }
            let rules = line[start.upperBound..<end.lowerBound].split { $0 == "," || $0 == " " }.map(String.init)
            return Rating(score: score, rules: rules)
        }
    }

    /// Whether a rule is about invalid MIME or HTML, rather than about having HTML at all.
    private static func isAboutForm(_ rule: String) -> Bool {
        let harmless = ["HTML_MESSAGE"]
        return !harmless.contains(rule)
            && ["MIME_", "HTML_", "BASE64_", "MISSING_", "INVALID_", "MALFORMED", "MPART_", "CTYPE_", "SUBJ_ILLEGAL"]
                .contains { rule.contains($0) }
    }
}
