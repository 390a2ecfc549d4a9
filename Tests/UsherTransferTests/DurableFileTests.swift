import Foundation
import Testing
import UsherTesting
import UsherTransfer

@Suite("durable files")
struct DurableFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func areWrittenWithTheirMode() throws {
        try DurableFile.write(Array("abc".utf8), to: folder.path("a"), mode: 0o600)
        #expect(try folder.read("a") == "abc")
        #expect(DurableFile.mode(of: folder.path("a")) == 0o600)
        try DurableFile.write(Array("x".utf8), to: folder.path("a"), mode: 0o600)
        #expect(try folder.read("a") == "x")
    }

    @Test func doNotFollowASymbolicLink() throws {
        try folder.write("target", to: "target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: folder.path("target"))
        #expect(throws: FileError.self) { try DurableFile.write([1], to: folder.path("link"), mode: 0o600) }
        #expect(try folder.read("target") == "target")
    }

    @Test func areComparedWithBytes() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try DurableFile.write(bytes, to: folder.path("a"), mode: 0o600)
        #expect(try DurableFile.holds(bytes, at: folder.path("a")))
        #expect(try !DurableFile.holds(Array(bytes.dropLast()), at: folder.path("a")))
        var other = bytes
        other[199_999] ^= 1
        #expect(try !DurableFile.holds(other, at: folder.path("a")))
        #expect(try !DurableFile.holds(bytes, at: folder.path("nothing")))
    }

    @Test func reportAFullDisk() throws {
        let error = #expect(throws: FileError.self) { try DurableFile.write([1, 2, 3], to: "/dev/full", mode: 0o600) }
        #expect(error?.number == ENOSPC)
        #expect(error?.description.contains("/dev/full") == true)
    }

    @Test func foldersAreCreatedWithTheirParents() throws {
        try DurableFile.makeFolder(folder.path("a/b/c"), mode: 0o700)
        try DurableFile.makeFolder(folder.path("a/b/c"), mode: 0o700)
        #expect(DurableFile.isFolder(folder.path("a/b/c")))
        try folder.write("file", to: "f")
        #expect(throws: FileError.self) { try DurableFile.makeFolder(folder.path("f/g"), mode: 0o700) }
    }
}
