import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// One person is one person, however their address is spelled.
@Suite("one person")
struct OnePersonTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 0)
    }

    private func register(_ rows: [String], header: String = "email,first-name") throws {
        try folder.write(([header] + rows).joined(separator: "\n") + "\n", to: "people.csv")
    }

    /// The addresses in the envelope headers of what is in the outbox.
    private func recipients() throws -> [String] {
        try rehearsal.messages().compactMap { name in
            try folder.read("outbox/\(name)").components(separatedBy: "\r\n").first { $0.hasPrefix("To: ") }
        }.map { String($0.dropFirst(4)) }.sorted()
    }

    private func run(_ time: String = "2026-12-01T09:00:00Z") async throws -> RunReport {
        try await rehearsal.run(time)
    }

    @Test func twoSpellingsInOneListAreOneInvitationAsFirstGiven() async throws {
        try register(["Jana.Schaefer@example.com,Jana", "jana.schaefer@Example.com,Jana"])
        #expect(try await run().tally.sent == 1)
        #expect(try recipients().allSatisfy { $0.contains("Jana.Schaefer@example.com") })
        for time in ["2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"] { #expect(try await run(time).tally.sent == 0) }
    }

    @Test(arguments: [
        " %", "% ", "\u{A0}%", "%\t", "\u{200B}%", "%\u{200E}", "jana\u{2060}@example.com", "ja\u{AD}na@example.com",
        "\u{3000}%", "JANA@EXAMPLE.COM", "\"%\n\"",
    ])
    func whatNoOneSeesMakesNoOtherPerson(_ spelling: String) async throws {
        try register(["jana@example.com,Jana"])
        #expect(try await run().tally.sent == 1)
        try register([spelling.replacing("%", with: "jana@example.com") + ",Jana"])
        let report = try await run("2026-12-01T10:00:00Z")
        #expect(report.tally.sent == 0 && report.counts[.badRecord] == nil, "\(report)")
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
        #expect(try await run("2026-12-01T11:00:00Z").tally.sent == 1, "and they hear of a change")
    }

    @Test func composedAndDecomposedAddressesAreOne() async throws {
        try register(["jose\u{301}@example.com,José", "JOS\u{C9}@example.com,José"])
        #expect(try await run().tally.sent == 1)
    }

    @Test func suppressionAndForgettingKnowEverySpelling() async throws {
        try register(["Jana@example.com,Jana", "max@example.com,Max"])
        let lower = try Address("jana@example.com")
        let now = try #require(Timestamp("2026-12-01T08:00:00Z")?.instant)
        _ = try await rehearsal.run(scope: .publish)
        try await rehearsal.withLedger { ledger in try await ledger.suppress(lower, reason: "asked", now: now) }
        #expect(try await run().tally.sent == 1)
        #expect(try recipients().allSatisfy { $0.contains("max@example.com") })
        try await rehearsal.withLedger { ledger in
            let removed = try await ledger.forget(try Address("MAX@example.com"), now: now)
            #expect(removed.deliveries >= 1 && removed.registrations == 1)
        }
    }

    @Test func whoeverHadTheOldAddressHearsOfTheNewTime() async throws {
        let header = "id,email,first-name"
        try register(["r1,old@example.com,Jana"], header: header)
        #expect(try await run().tally.sent == 1)
        try register(["r1,new@example.com,Jana"], header: header)
        _ = try await run("2026-12-01T10:00:00Z")
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
        _ = try await run("2026-12-01T11:00:00Z")
        let to = try recipients()
        #expect(to.count { $0.contains("old@example.com") } == 2, "invited, and told of the change: \(to)")
        // No reminder for the old one; the new one gets it.
        _ = try await run("2026-12-10T16:00:00Z")
        let later = try recipients()
        #expect(later.count { $0.contains("old@example.com") } == 2, "\(later)")
        #expect(later.count { $0.contains("new@example.com") } >= 2, "\(later)")
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00", status: "canceled"))
        _ = try await run("2026-12-10T17:00:00Z")
        #expect(try recipients().count { $0.contains("old@example.com") } == 3, "and of its cancellation")
    }

    @Test func aSubjectInAnotherUnicodeFormIsNoChange() async throws {
        try register(["jana@example.com,Jana"])
        try rehearsal.write(events: Rehearsal.events(subject: "Einf\u{FC}hrung"))
        _ = try await run()
        try rehearsal.write(events: Rehearsal.events(subject: "Einfu\u{308}hrung"))
        let report = try await run("2026-12-01T10:00:00Z")
        #expect(report.news.isEmpty && report.tally.sent == 0, "\(report)")
    }

    @Test func aLinkWithOtherPercentDigitsIsNoChange() async throws {
        try register(["jana@example.com,Jana"])
        let link = "https://teams.microsoft.com/l/a"
        try rehearsal.write(events: Rehearsal.events().replacing(link, with: link + "?c=%7b%22T%22%7d"))
        _ = try await run()
        try rehearsal.write(events: Rehearsal.events().replacing(link, with: link + "?c=%7B%22T%22%7D"))
        #expect(try await run("2026-12-01T10:00:00Z").news.isEmpty)
        try rehearsal.write(events: Rehearsal.events().replacing(link, with: link + "?c=%7B%22t%22%7D"))
        #expect(try await run("2026-12-01T11:00:00Z").tally.sent == 1)
    }
}
