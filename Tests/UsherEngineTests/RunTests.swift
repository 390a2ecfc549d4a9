import Foundation
import Testing
import UsherEngine
import UsherLedger
import UsherModel
import UsherTesting

@Suite("one pass of a job")
struct RunTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder)
    }

    private func codes(_ report: RunReport) -> [String] { report.counts.keys.map(\.rawValue).sorted() }

    @Test func aSecondRunAtTheSameTimeSendsNothingAndRewritesNoFile() async throws {
        let first = try await rehearsal.run()
        #expect(first.problems.isEmpty, "\(first.problems)")
        #expect(first.tally.sent == 3)
        let files = try rehearsal.files()
        #expect(files.keys.contains("public/calendar.ics") && files.keys.contains("public/index.html"))
        let second = try await rehearsal.run()
        #expect(second.problems.isEmpty)
        #expect(second.tally == RunReport.Tally())
        #expect(try rehearsal.files() == files)
        #expect(second.published.allSatisfy { $0.outcome == .unchanged })
    }

    @Test func whatMovesAndWhatIsCancelledChasesThoseWhoWereTold() async throws {
        try await rehearsal.run()
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
        #expect(try await rehearsal.run("2026-12-02T09:00:00Z").tally.sent == 3)
        let calendar = try folder.read("public/calendar.ics")
        #expect(calendar.contains("SEQUENCE:1\r\n") && calendar.contains("DTSTART:20261211T150000Z"))
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00", status: "canceled"))
        #expect(try await rehearsal.run("2026-12-03T09:00:00Z").tally.sent == 3)
        #expect(try folder.read("public/calendar.ics").contains("STATUS:CANCELLED"))
        #expect(try await rehearsal.run("2026-12-03T09:05:00Z").tally == RunReport.Tally())
        #expect(try await rehearsal.states() == ["sent": 9])
    }

    @Test func twoRunsTogetherSendEachDeliveryOnce() async throws {
        let big = try Rehearsal(in: folder, people: 300)
        async let one = big.run()
        async let two = big.run()
        let reports = try await [one, two]
        #expect(reports.map(\.tally.sent).reduce(0, +) == 300, "\(reports.flatMap(\.problems))")
        #expect(big.messages().count == 300)
        #expect(try await big.states() == ["sent": 300])
    }

    @Test func aSourceThatFailsIsNoCancellationAndTheRestGoesOn() async throws {
        try await rehearsal.run()
        try rehearsal.write(events: "{\"webinars\": [")
        let report = try await rehearsal.run("2026-12-02T09:00:00Z")
        #expect(codes(report) == ["source unreachable"])
        #expect(report.published.count == 2)
        try rehearsal.write(events: Rehearsal.events())
        #expect(try await rehearsal.run("2026-12-03T09:00:00Z").tally == RunReport.Tally())
    }

    @Test func attendeesThatCannotBeReadLeaveThoseKnownFromBeforeInTheirSeats() async throws {
        try await rehearsal.run()
        try FileManager.default.removeItem(atPath: folder.path("people.csv"))
        let report = try await rehearsal.run("2026-12-09T15:30:00Z")
        #expect(codes(report) == ["source unreachable"])
        #expect(report.tally.sent == 3)
    }

    @Test func aSourceThatSuddenlyListsNothingTripsTheGuardUntilAPersonApproves() async throws {
        try await rehearsal.run()
        try rehearsal.write(events: "{\"webinars\": []}")
        let report = try await rehearsal.run("2026-12-02T09:00:00Z")
        #expect(codes(report) == ["guard tripped"])
        let digest = try #require(report.problems.first?.text.split(separator: " ").last.map(String.init))
        #expect(
            codes(try await rehearsal.run("2026-12-02T10:00:00Z", approval: "0000000000000000")) == ["guard tripped"])
        let approved = try await rehearsal.run("2026-12-02T11:00:00Z", approval: digest)
        #expect(approved.problems.isEmpty, "\(approved.problems)")
        #expect(try await rehearsal.run("2026-12-02T12:00:00Z").tally.sent == 3, "gone twice in a row: cancelled")
    }

    @Test func moreDeliveriesThanTheLimitTripTheGuardUntilAPersonApproves() async throws {
        try folder.write(Rehearsal.job("limits: {deliveries-per-run: 2}"), to: "job.yaml")
        let report = try await rehearsal.run()
        #expect(codes(report) == ["guard tripped"])
        #expect(rehearsal.messages().isEmpty)
        let digest = try #require(report.planned?.digest)
        #expect(codes(try await rehearsal.run(approval: "ffffffffffffffff")) == ["guard tripped"])
        #expect(try await rehearsal.run(approval: digest).tally.sent == 3)
    }

    @Test func anAdoptedAudienceHearsOnlyOfWhatChanges() async throws {
        let job = try ConfiguredJob(job: folder.path("job.yaml"), .rehearsed())
        let ledger = try await SQLiteLedger.open(path: folder.path("usher.sqlite"), host: "test")
        let report = await Engine(job, ledger: ledger, settings: rehearsal.settings()).adopt()
        await ledger.close()
        #expect(report.problems.isEmpty)
        #expect(try await rehearsal.run().tally == RunReport.Tally())
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
        #expect(try await rehearsal.run("2026-12-02T09:00:00Z").tally.sent == 3)
    }

    @Test func aPlanWritesNothing() async throws {
        try await rehearsal.run()
        let before = try rehearsal.files()
        let ledger = try Data(contentsOf: URL(filePath: folder.path("usher.sqlite")))
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
        let job = try ConfiguredJob(job: folder.path("job.yaml"), .rehearsed())
        let dry = try await SQLiteLedger.openForDryRun(path: job.ledgerPath, .plan)
        let (report, proposal) = await Engine.plan(
            job, ledger: dry, settings: rehearsal.settings("2026-12-02T09:00:00Z"))
        #expect(report.planned?.sends == 3)
        var rows: [String] = []
        try await dry.eachRow(of: try #require(proposal)) { rows.append("\($0.recipient) \($0.kind.rawValue)") }
        #expect(rows == ["p0@example.com changed", "p1@example.com changed", "p2@example.com changed"])
        await dry.close()
        #expect(try Data(contentsOf: URL(filePath: folder.path("usher.sqlite"))) == ledger)
        #expect(try rehearsal.files().filter { $0.key != "events.json" } == before.filter { $0.key != "events.json" })
    }

    @Test func anOutboxThatCannotBeWrittenLosesNothing() async throws {
        try folder.write("occupied", to: "outbox")
        let report = try await rehearsal.run()
        #expect(codes(report) == ["cannot write"])
        #expect(try await rehearsal.states()["sent"] == nil)
        try FileManager.default.removeItem(atPath: folder.path("outbox"))
        #expect(try await rehearsal.run("2026-12-01T12:00:00Z").tally.sent == 3)
        #expect(rehearsal.messages().count == 3)
    }

    @Test func aPublicationThatCannotBeWrittenDoesNotStopTheMail() async throws {
        try folder.write("occupied", to: "public")
        let report = try await rehearsal.run()
        #expect(codes(report) == ["cannot write"])
        #expect(report.tally.sent == 3)
    }

    @Test func aSessionWithoutALinkWaitsForIt() async throws {
        try rehearsal.write(events: Rehearsal.events().replacing("\"https://teams.microsoft.com/l/a\"", with: "null"))
        let report = try await rehearsal.run()
        #expect(codes(report) == ["retrying"])
        #expect(report.problems.contains { $0.text.contains("the source has no link yet") }, "\(report.problems)")
        #expect(rehearsal.messages().isEmpty)
        try rehearsal.write(events: Rehearsal.events())
        #expect(try await rehearsal.run("2026-12-01T12:00:00Z").tally.sent == 3)
    }

    @Test func divertedMessagesGoElsewhereUnderKeysOfTheirOwn() async throws {
        try folder.write(Rehearsal.job("divert: {mail: staging@example.com}"), to: "job.yaml")
        #expect(try await rehearsal.run().tally.sent == 3)
        let diverted = try rehearsal.messages().map { try folder.read("outbox/\($0)") }
        #expect(diverted.allSatisfy { $0.contains("staging@example.com") && $0.contains("X-Usher-Diverted-From: p") })
        try folder.write(Rehearsal.job(), to: "job.yaml")
        #expect(try await rehearsal.run().tally.sent == 3)
        #expect(rehearsal.messages().count == 6)
    }

    @Test func whereTheSourceMailsAttendeesItselfAPersonIsWarned() async throws {
        try rehearsal.write(
            events: Rehearsal.events().replacing(
                "\"status\":", with: "\"settings\": {\"isAttendeeEmailNotificationEnabled\": true}, \"status\":"))
        let report = try await rehearsal.run()
        #expect(report.notes.contains { $0.contains("hear twice") }, "\(report.notes)")
        #expect(report.problems.isEmpty)
    }

    @Test func linksOfTheOrganizationInPublicAreNoted() async throws {
        let rehearsal = try Rehearsal(
            in: folder, extra: "  - {kind: calendar, to: public/without.ics, join-links: false}")
        let events = try folder.read("events.json")
        try folder.write(
            events.replacing("\"displayName\"", with: "\"audience\": \"organization\", \"displayName\""),
            to: "events.json")
        let report = try await rehearsal.run("2026-12-01T09:00:00Z")
        let notes = report.notes.filter { $0.contains("for the organization only") }
        #expect(notes.count == 2 && !notes.contains { $0.contains("without.ics") }, "\(report.notes)")
        #expect(notes.first?.contains("\"Seats\" (e1/s1)") == true, "\(notes)")
        // The note appears when something is published, not in every later run.
        let same = try await rehearsal.run("2026-12-01T09:05:00Z")
        #expect(!same.notes.contains { $0.contains("for the organization only") }, "\(same.notes)")
        try folder.write(events, to: "events.json")
        let later = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(!later.notes.contains { $0.contains("for the organization only") }, "\(later.notes)")
    }

    /// A diverted job does not publish; a server that cannot be reached stops nothing else.
    @Test func aServerThatCannotBeReachedIsAProblemAndADivertedJobPublishesNothing() async throws {
        let url = "http://127.0.0.1:\(try Loopback.deadPort())/all.ics"
        let rehearsal = try Rehearsal(in: folder, extra: "  - {kind: calendar, to: \"\(url)\"}")
        let report = try await rehearsal.run("2026-12-01T09:00:00Z")
        #expect(report.tally.sent == 3 && report.published.count == 2)
        #expect(
            report.counts[.cannotWrite] == 1 && report.problems.contains { $0.text.contains(url) }, "\(report.problems)"
        )
        let job = try folder.read("job.yaml")
        try folder.write(job + "\ndivert: {mail: test@example.com}\n", to: "job.yaml")
        let diverted = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(diverted.counts[.cannotWrite] == nil, "\(diverted.problems)")
        #expect(diverted.notes.contains { $0.contains("diverted") }, "\(diverted.notes)")
    }

    @Test func aSessionThatWasOverAndIsScheduledAnewIsAChangeToThoseWhoWereTold() async throws {
        try await rehearsal.run()
        #expect(try await rehearsal.run("2026-12-20T09:00:00Z").tally == RunReport.Tally())
        try rehearsal.write(events: Rehearsal.events(start: "2027-01-10T15:00:00"))
        let report = try await rehearsal.run("2026-12-21T09:00:00Z")
        #expect(report.tally.sent == 3, "\(report)")
        #expect(
            try rehearsal.messages().filter { try folder.read("outbox/\($0)").contains("Subject: Changed") }.count == 3)
    }

    @Test func aJobFileThatIsRenamedChangesNothing() async throws {
        try await rehearsal.run()
        try folder.write(Rehearsal.job(), to: "other.yaml")
        let job = try ConfiguredJob(job: folder.path("other.yaml"), .rehearsed())
        let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test")
        let report = await Engine(job, ledger: ledger, settings: rehearsal.settings()).run()
        #expect(report.tally == RunReport.Tally())
    }
}
