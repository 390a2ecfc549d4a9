import Foundation
import ICalendar
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

/// A folder with a calendar, and sources that read it.
struct FeedWorld {
    let folder: TemporaryFolder
    var zones = TimeZoneDatabase()

    init() throws { folder = try TemporaryFolder() }

    func source(
        _ location: String = "file: a.ics", _ more: String = "", environment: [String: String] = [:],
        keeps: Bool = false
    ) throws -> ICSSource {
        let problems = JobProblems()
        return ICSSource(
            try #require(try options(location, more, problems), "\(problems.errors)"), zones: zones,
            runtime: MovingClock().runtime(environment),
            secrets: SecretStore(environment: environment, folder: folder.path, clock: .still),
            cache: keeps ? cache : nil)
    }

    /// The feed that is kept beside the ledger.
    var cache: FeedCache { FeedCache(besideLedger: folder.path("x.sqlite"), job: "test") }

    func options(_ location: String, _ more: String, _ problems: JobProblems) throws -> ICSSourceOptions? {
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: ics, \(location)\(more)}
                ledger: x.sqlite
                channels: {out: {kind: outbox, to: out, from: a@example.com}}
                rules: [{when: registered, to: attendees, via: out, template: invite}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        return ICSSourceOptions(job.source, problems, folder: folder.path) { zones.contains($0) }
    }

    /// Reads a calendar as a file.
    func listing(_ bytes: some Collection<UInt8>, _ more: String = "") async throws -> Listing {
        try Data(bytes).write(to: URL(filePath: "\(folder.path)/a.ics"))
        return try await source("file: a.ics", more).listing(in: GraphWorld.december, known: [])
    }

    func listing(_ text: String, _ more: String = "") async throws -> Listing {
        try await listing(Array(text.utf8), more)
    }

    /// The people whom the first session of a calendar invites: `ada@example.com [Ada] registered`.
    func people(_ text: String) async throws -> (lines: [String], problems: [RecordProblem]) {
        try folder.write(text, to: "a.ics")
        let source = try source()
        let listing = try await source.listing(in: GraphWorld.december, known: [])
        let session = try #require(listing.sessions.first, "\(listing)")
        let pages = try await source.attendees(of: session.key.event)
        var (lines, problems): ([String], [RecordProblem]) = ([], [])
        while let page = try await pages.next() {
            problems += page.problems
            lines += page.attendees.map {
                "\($0.address) [\([$0.firstName, $0.lastName].map(\.text).filter { $0 != "" }.joined(separator: " "))] \($0.status.rawValue)"
            }
        }
        return (lines, problems)
    }

    /// A calendar of events, each without its UID line unless it states one.
    static func feed(_ events: String..., header: String = "VERSION:2.0\nPRODID:-//x//y//EN\n") -> String {
        let all = events.map { "BEGIN:VEVENT\nDTSTAMP:20261101T000000Z\n\($0)\nEND:VEVENT\n" }.joined()
        return "BEGIN:VCALENDAR\n\(header)\(all)END:VCALENDAR\n".replacing("\n", with: "\r\n")
    }

    /// An event with a link in the afternoon of 10 December 2026.
    static func event(_ uid: String, _ more: String = "", title: String = "Seats") -> String {
        "UID:\(uid)\nDTSTART:20261210T150000Z\nDTEND:20261210T160000Z\nSUMMARY:\(title)\nURL:https://a.example/"
            + (more.isEmpty ? "" : "\n\(more)")
    }
}
