import Foundation
import Synchronization
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs that publish to real servers over a link that breaks at each request in turn, at each step of it.
@Suite("publications whose link breaks")
struct PublicationFaultTests {
    private static let fates: [FaultyLink.Fate] = [.resetAtOnce, .halfRequest, .resetBeforeAnswer, .cut]

    /// Breaks one connection, by its number.
    private final class Fuse: Sendable {
        private let next = Mutex<(number: Int, fate: FaultyLink.Fate)?>(nil)

        func lay(_ number: Int, _ fate: FaultyLink.Fate) { next.withLock { $0 = (number, fate) } }

        func fate(_ number: Int) -> FaultyLink.Fate {
            next.withLock { next in
                guard let own = next, own.number == number else { return .whole }
                next = nil
                return own.fate
            }
        }

        var isSpent: Bool { next.withLock { $0 == nil } }
    }

    /// A destination behind the link: its keys in the job file, and a check of what the server holds.
    private struct Destination: Sendable {
        let keys: @Sendable (_ link: String, _ name: String) -> String
        let check: @Sendable (_ name: String, _ world: TemporaryFolder, _ subject: String) async throws -> Void
    }

    /// Breaks the nth request of a first publication and of a replacement.
    ///
    /// The next run repairs it, and the run after that has nothing to do.
    private func breakEach(_ base: String, _ destination: Destination) async throws {
        let port = try #require(base.split(separator: ":").last.flatMap { UInt16($0) })
        let fuse = Fuse()
        let link = try FaultyLink(to: port) { fuse.fate($0) }
        defer { link.stop() }
        var worlds = 0
        for fate in Self.fates {
            var number = 0
            while true {
                worlds += 1
                let folder = try TemporaryFolder()
                let name = "w\(worlds)"
                for (file, text) in [("user", "ada"), ("word", "opensesame")] { try folder.write(text, to: file) }
                let rehearsal = try Rehearsal(
                    in: folder, people: 1, extra: destination.keys("127.0.0.1:\(link.port)", name))
                var isReached = false
                for (hour, subject) in [(9, "Seats"), (12, "Other seats")] {
                    try rehearsal.write(events: Rehearsal.events(subject: subject))
                    fuse.lay(link.connections + number, fate)
                    let broken = try await rehearsal.run("2026-12-01T\(hour < 10 ? "0" : "")\(hour):00:00Z")
                    isReached = isReached || fuse.isSpent
                    // A broken link is a problem or was repaired within the run; the mail was sent in any case.
                    #expect(broken.tally.sent == 1, "\(fate) \(number) \(subject): \(broken.problems)")
                    fuse.lay(-1, .whole)
                    let next = try await rehearsal.run("2026-12-01T\(hour + 1):00:00Z")
                    #expect(next.problems.isEmpty, "\(fate) \(number) \(subject): \(next.problems)")
                    let quiet = try await rehearsal.run("2026-12-01T\(hour + 2):00:00Z")
                    #expect(quiet.problems.isEmpty && quiet.published.allSatisfy { $0.outcome == .unchanged })
                    try await destination.check(name, folder, subject)
                }
                guard isReached, number < 20 else { break }
                number += 1
            }
            #expect(number > 1 && number < 20, "\(fate): the requests that were broken")
        }
    }

    private static let signIn = "username: {file: user}, password: {file: word}"

    @Test func aWebDAVServerEndsUpWithTheRightCalendar() async throws {
        let fixture = try PublicationFixture()
        try await fixture.serve(["webdav", fixture.folder.path("site"), "ada", "opensesame"]) { base, _ in
            let site = fixture.folder
            try await breakEach(
                base,
                Destination(
                    keys: {
                        "  - {kind: calendar, to: \"http://\($0)/\($1)/a/feed.ics\", name: Rehearsal, \(Self.signIn)}"
                    },
                    check: { name, world, _ in
                        let own = try world.read("public/calendar.ics")
                        #expect(try site.read("site/\(name)/a/feed.ics") == own, "\(name)")
                    }))
        }
    }

    @Test func aCollectionEndsUpWithTheRightObjects() async throws {
        let fixture = try PublicationFixture()
        try await fixture.serve(["radicale", fixture.folder.path("site"), "ada", "opensesame"]) { base, _ in
            let site = fixture.folder
            try await breakEach(
                base,
                Destination(
                    keys: { "  - {kind: caldav, to: \"http://\($0)/ada/\($1)/\", \(Self.signIn)}" },
                    check: { name, _, subject in
                        let root = "site/collection-root/ada/\(name)"
                        let objects = site.list(root).filter { $0.hasSuffix(".ics") }
                        let texts = try objects.map { try site.read("\(root)/\($0)") }
                        #expect(texts.count == 1 && texts[0].contains("SUMMARY:\(subject)"), "\(name): \(texts)")
                    }))
        }
    }

    @Test func anObjectStoreEndsUpWithTheRightCalendar() async throws {
        var fixture = try PublicationFixture()
        try await fixture.serve(["s3", "feeds"]) { base, words in
            try #require(words.count == 2)
            (fixture.environment["ACCESS"], fixture.environment["SECRET"]) = (words[0], words[1])
            let own = fixture
            for (file, text) in zip(["access", "secret"], words) { try own.folder.write(text, to: file) }
            let files = own.folder
            try await breakEach(
                base,
                Destination(
                    keys: { link, name in
                        """
                          - {kind: calendar, to: "s3://feeds/\(name).ics", name: Rehearsal, endpoint: "http://\(link)", region: eu-central-1, \
                        access-key: {file: "\(files.path("access"))"}, secret-key: {file: "\(files.path("secret"))"}}
                        """
                    },
                    check: { name, world, _ in
                        // Without a mark, the object is fetched and compared.
                        let text = try world.read("public/calendar.ics")
                        let stored = try await own.put(
                            text, "s3://feeds/\(name).ics",
                            ", endpoint: \"\(base)\", region: eu-central-1, access-key: {env: ACCESS}, secret-key: {env: SECRET}"
                        )
                        #expect(stored.outcome == .unchanged, "\(name)")
                    }))
        }
    }
}
