import Foundation
import Testing
import UsherTesting
import UsherTransfer

@Suite("files in folders in which others may write")
struct OpenFolderTests {
    private let box: TemporaryFolder

    init() throws { box = try TemporaryFolder() }

    private func link(_ name: String, to target: String, owner: Int? = nil) throws {
        try FileManager.default.createSymbolicLink(atPath: box.path(name), withDestinationPath: target)
        if let owner { #expect(lchown(box.path(name), uid_t(owner), gid_t(owner)) == 0) }
    }

    @Test(arguments: [0o000, 0o022, 0o077] as [mode_t])
    func filesHaveTheirModeWhateverTheUmask(_ mask: mode_t) throws {
        let before = umask(mask)
        defer { umask(before) }
        let folder = try OpenFolder.open(box.path("a/b"), creating: 0o750)
        try folder.write(Array("abc".utf8), to: "f", mode: 0o640)
        try folder.write(Array("x".utf8), to: "f", mode: 0o604)
        #expect(try box.read("a/b/f") == "x")
        #expect(folder.mode(of: "f") == 0o604)
        let above = try OpenFolder.open(box.path("a"))
        #expect(above.mode(of: "b") == 0o750)
        #expect(try OpenFolder.open(box.path(".")).mode(of: "a") == 0o755)
    }

    @Test func aLinkInThePlaceOfAFileIsReplacedAndNotWrittenThrough() throws {
        try box.write("target", to: "target")
        try link("name", to: box.path("target"))
        try OpenFolder.open(box.path(".")).write([0x31], to: "name", mode: 0o600)
        #expect(try box.read("target") == "target")
        #expect(try box.read("name") == "1")
    }

    @Test func anotherFileOfTheSameNameIsNotWrittenInto() throws {
        try box.write("theirs", to: "theirs")
        #expect(Glibc.link(box.path("theirs"), box.path("name")) == 0)
        try OpenFolder.open(box.path(".")).write([0x31], to: "name", mode: 0o600)
        #expect(try box.read("theirs") == "theirs")
    }

    @Test func ownLinksAreFollowed() throws {
        let folder = try OpenFolder.open(box.path("real/deep"), creating: 0o700)
        try folder.write([0x31], to: "f", mode: 0o600)
        try link("absolute", to: box.path("real"))
        try link("relative", to: "absolute/deep")
        try link("file", to: "relative/f")
        let (found, name) = try OpenFolder.of(file: box.path("file"))
        #expect(name == "f")
        #expect(try found.read(name) == [0x31])
        #expect(try OpenFolder.open(box.path("relative/../deep")).exists("f"))
    }

    @Test func linksThatLeadInCirclesAreRefused() throws {
        try link("a", to: "b")
        try link("b", to: "a")
        #expect(throws: FileError.self) { try OpenFolder.open(box.path("a")) }
        #expect(throws: FileError.self) { try OpenFolder.of(file: box.path("a")) }
    }

    /// Only root can make links that belong to someone else.
    @Test(.enabled(if: geteuid() == 0))
    func linksOfOthersAreNotFollowed() throws {
        _ = try OpenFolder.open(box.path("secret"), creating: 0o700)
        try box.write("theirs", to: "secret/f")
        _ = try OpenFolder.open(box.path("shared"), creating: 0o700)
        try link("shared/out", to: "../secret", owner: 12_345)
        try link("shared/f", to: "../secret/f", owner: 12_345)
        let error = #expect(throws: FileError.self) { try OpenFolder.open(box.path("shared/out"), creating: 0o700) }
        #expect(error?.description.contains("belongs to the user 12345") == true, "\(String(describing: error))")
        #expect(throws: FileError.self) { try OpenFolder.of(file: box.path("shared/f")) }
        // Whoever owns the folder can replace everything in it anyway.
        #expect(chown(box.path("shared"), 12_345, 12_345) == 0)
        #expect(try OpenFolder.open(box.path("shared/out")).exists("f"))
    }

    @Test func areComparedWithBytes() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let folder = try OpenFolder.open(box.path("."))
        try folder.write(bytes, to: "a", mode: 0o600)
        #expect(try folder.holds(bytes, in: "a"))
        #expect(try !folder.holds(Array(bytes.dropLast()), in: "a"))
        #expect(try !folder.holds(bytes + [0], in: "a"))
        var other = bytes
        other[199_999] ^= 1
        #expect(try !folder.holds(other, in: "a"))
        #expect(try !folder.holds(bytes, in: "nothing"))
        #expect(try !folder.holds([], in: "nothing"))
    }

    @Test func foldersAreCreatedWithTheirParents() throws {
        _ = try OpenFolder.open(box.path("a/b/c"), creating: 0o700)
        _ = try OpenFolder.open(box.path("a/b/c"), creating: 0o700)
        #expect(throws: FileError.self) { try OpenFolder.open(box.path("d")) }
        try box.write("file", to: "f")
        let error = #expect(throws: FileError.self) { try OpenFolder.open(box.path("f/g"), creating: 0o700) }
        #expect(error?.number == ENOTDIR)
    }
}
