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

    @Test func whatCannotBeWrittenLeavesTheOldAndNothingElse() async throws {
        try FileManager.default.createDirectory(atPath: folder.path("feed.ics"), withIntermediateDirectories: true)
        let error = await #expect(throws: PublishError.self) { try await publish("one", "feed.ics") }
        #expect(error?.code == .cannotWrite && error?.location.hasSuffix("feed.ics") == true)
        #expect(folder.list() == ["feed.ics"])
        try folder.write("file", to: "f")
        await #expect(throws: PublishError.self) { try await publish("one", "f/feed.ics") }
    }
}
