import Foundation
import Testing
import UsherModel
import UsherPublishers
import UsherTesting

@Suite("publications to files")
struct FileDestinationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func publish(_ text: String, _ name: String) async throws(PublishError) -> PublishOutcome {
        try await FileDestination().publish(
            Artifact(location: folder.path(name), bytes: Array(text.utf8), mediaType: "text/plain"), in: nil,
            memory: MarksInMemory())
    }

    private func modified(_ name: String) throws -> Date? {
        try FileManager.default.attributesOfItem(atPath: folder.path(name))[.modificationDate] as? Date
    }

    @Test func unchangedMeansUntouched() async throws {
        #expect(try await publish("one", "a/b/feed.ics") == .written)
        let before = try modified("a/b/feed.ics")
        #expect(try await publish("one", "a/b/feed.ics") == .unchanged)
        #expect(try modified("a/b/feed.ics") == before)
        #expect(try await publish("two", "a/b/feed.ics") == .written)
        #expect(try folder.read("a/b/feed.ics") == "two")
        #expect(folder.list("a/b") == ["feed.ics"])
    }

    @Test func permissionsAndLinksAreKept() async throws {
        _ = try await publish("one", "real.ics")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder.path("real.ics"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link.ics"), withDestinationPath: folder.path("real.ics"))
        #expect(try await publish("two", "link.ics") == .written)
        #expect(try folder.read("real.ics") == "two")
        #expect(
            try FileManager.default.attributesOfItem(atPath: folder.path("link.ics"))[.type] as? FileAttributeType
                == .typeSymbolicLink)
        #expect(
            try FileManager.default.attributesOfItem(atPath: folder.path("real.ics"))[.posixPermissions] as? Int
                == 0o640)
    }

    @Test(arguments: [0o000, 0o077] as [mode_t])
    func aNewFileHasItsModeWhateverTheUmask(_ mask: mode_t) async throws {
        let before = umask(mask)
        defer { umask(before) }
        func mode(_ name: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
        }
        _ = try await publish("one", "public/feed.ics")
        #expect(try mode("public/feed.ics") == 0o644)
        #expect(try mode("public") == 0o755)
        let own = FileDestination(mode: 0o640)
        for (name, text) in [("public/feed.ics", "one"), ("me/a.ics", "two")] {
            _ = try await own.publish(
                Artifact(location: folder.path(name), bytes: Array(text.utf8), mediaType: "text/plain"), in: nil,
                memory: MarksInMemory())
            #expect(try mode(name) == 0o640)
        }
        #expect(try mode("me") == 0o750)
    }

    @Test(.enabled(if: geteuid() == 0))
    func aLinkOfSomebodyElseIsNotFollowed() async throws {
        _ = try await publish("mine", "private/key")
        for (link, target) in [("public/feed.ics", "../private/key"), ("elsewhere", "private")] {
            try FileManager.default.createDirectory(
                atPath: folder.path("public"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: folder.path(link), withDestinationPath: target)
            #expect(lchown(folder.path(link), 12_345, 12_345) == 0)
        }
        for name in ["public/feed.ics", "elsewhere/key", "elsewhere/new"] {
            let error = await #expect(throws: PublishError.self) { try await publish("theirs", name) }
            #expect(error?.problem.contains("belongs to the user 12345") == true, "\(String(describing: error))")
        }
        #expect(try folder.read("private/key") == "mine")
        #expect(folder.list("private") == ["key"])
    }

    @Test func whatCannotBeWrittenLeavesTheOldAndNothingElse() async throws {
        try FileManager.default.createDirectory(atPath: folder.path("feed.ics"), withIntermediateDirectories: true)
        let error = await #expect(throws: PublishError.self) { try await publish("one", "feed.ics") }
        #expect(error?.code == .cannotWrite && error?.location.hasSuffix("feed.ics") == true)
        #expect(folder.list() == ["feed.ics"])
        try folder.write("file", to: "f")
        await #expect(throws: PublishError.self) { try await publish("one", "f/feed.ics") }
    }
}
