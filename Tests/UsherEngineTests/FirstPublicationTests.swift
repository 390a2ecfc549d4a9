import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// What is published for the first time: nothing over what someone else wrote, and nothing from a source that was not read.
@Suite("first publications")
struct FirstPublicationTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder)
    }

    private func write(_ publication: String, source: String = "{kind: file, path: events.json}") throws {
        try folder.write(
            """
            name: rehearsal
            source: \(source)
            ledger: usher.sqlite
            channels: {outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}}
            rules: [{when: announced, to: {addresses: [a@example.com]}, via: outbox, template: invite}]
            publish: [\(publication)]
            """, to: "job.yaml")
    }

    private func loseTheLedger() throws {
        for name in ["usher.sqlite", "usher.sqlite-wal", "usher.sqlite-shm", "usher.sqlite.witness"]
        where folder.list("").contains(name) {
            try FileManager.default.removeItem(atPath: folder.path(name))
        }
    }

    @Test(arguments: [
        "missing file", "broken file",
    ])
    func aSourceThatCannotBeReadReplacesNoGoodPage(_ trouble: String) async throws {
        #expect(try await rehearsal.run().problems.isEmpty)
        let (page, calendar) = (try folder.read("public/index.html"), try folder.read("public/calendar.ics"))
        try loseTheLedger()
        if trouble == "missing file" {
            try FileManager.default.removeItem(atPath: folder.path("events.json"))
        } else {
            try rehearsal.write(events: "{\"webinars\": [")
        }
        for _ in 1...2 {
            let report = try await rehearsal.run()
            #expect(report.counts[.sourceUnreachable] != nil && report.published.isEmpty, "\(report)")
            #expect(report.notes.contains { $0.hasPrefix("nothing was published") }, "\(report.notes)")
        }
        #expect(try await rehearsal.run(scope: .publish).counts[.sourceUnreachable] == 1)
        #expect(try folder.read("public/index.html") == page && folder.read("public/calendar.ics") == calendar)
    }

    @Test func aSourceThatWasReadBeforeIsPublishedFromMemory() async throws {
        #expect(try await rehearsal.run().problems.isEmpty)
        try FileManager.default.removeItem(atPath: folder.path("events.json"))
        try FileManager.default.removeItem(atPath: folder.path("public/index.html"))
        let report = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(report.published.map(\.outcome).contains(.written), "\(report)")
        #expect(try folder.read("public/index.html").contains("Seats"))
    }

    @Test func aFileOfSomeoneElseIsKeptUntilAPersonSaysSo() async throws {
        try FileManager.default.createDirectory(atPath: folder.path("public"), withIntermediateDirectories: true)
        try folder.write("mine", to: "public/index.html")
        try write("{kind: page, to: public/index.html}, {kind: calendar, to: public/calendar.ics}")
        for _ in 1...2 {
            let report = try await rehearsal.run()
            #expect(report.counts == [.guardTripped: 1], "\(report)")
            #expect(
                report.problems.contains { $0.text.contains("public/index.html") && $0.text.contains("replace: true") })
            #expect(try folder.read("public/index.html") == "mine")
            #expect(folder.list("public").contains("calendar.ics"), "the others are published")
        }
        try write("{kind: page, to: public/index.html, replace: true}")
        #expect(try await rehearsal.run().counts.isEmpty)
        #expect(try folder.read("public/index.html").contains("Seats"))
    }

    @Test func whatWasWrittenIsReplacedWithoutAsking() async throws {
        try write("{kind: page, to: public/index.html}, {kind: calendar, to: public/calendar.ics}")
        #expect(try await rehearsal.run().counts.isEmpty)
        // The same bytes under a lost ledger are this job's again.
        try loseTheLedger()
        #expect(try await rehearsal.run().counts.isEmpty)
        try rehearsal.write(events: Rehearsal.events(subject: "Others"))
        #expect(try await rehearsal.run("2026-12-01T10:00:00Z").counts.isEmpty)
        #expect(try folder.read("public/index.html").contains("Others"))
        try rehearsal.write(events: Rehearsal.events(subject: "Third"))
        #expect(try await rehearsal.run("2026-12-01T11:00:00Z").counts.isEmpty)
        #expect(try folder.read("public/index.html").contains("Third"))
    }

    @Test func aLostLedgerAsksBeforeItReplacesWhatHasChanged() async throws {
        try write("{kind: page, to: public/index.html}")
        #expect(try await rehearsal.run().counts.isEmpty)
        try loseTheLedger()
        try rehearsal.write(events: Rehearsal.events(subject: "Others"))
        #expect(try await rehearsal.run("2026-12-01T10:00:00Z").counts == [.guardTripped: 1])
        #expect(try folder.read("public/index.html").contains("Seats"))
    }
}
