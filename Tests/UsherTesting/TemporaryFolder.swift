public import Foundation
internal import Testing

/// A temporary folder for one test, removed with its content when the value is released.
///
/// The ledgers that are in it then, in files named `….sqlite`, must be sound: `usher ledger verify` finds nothing.
public final class TemporaryFolder: Sendable {
    /// The location of the folder.
    public let url: URL
    private let holdsSoundLedgers: Bool

    /// Creates an empty folder with a unique name.
    ///
    /// - Parameter holdsSoundLedgers: Whether the ledgers in it must be sound at the end; false where a test damages them.
    /// - Throws: What `FileManager` throws.
    public init(holdsSoundLedgers: Bool = true) throws {
        self.holdsSoundLedgers = holdsSoundLedgers
        url = FileManager.default.temporaryDirectory.appending(path: "usher-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        if holdsSoundLedgers {
            for problem in SoundLedgers.problems(in: url.path) { Issue.record("\(problem)") }
        }
        // No test depends on the removal; the operating system cleans up folders that remain.
        do { try FileManager.default.removeItem(at: url) } catch { print("cannot remove \(url.path): \(error)") }
    }

    /// The path of the folder.
    public var path: String { url.path }

    /// The path of an item in the folder.
    public func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file and creates its parent folders.
    public func write(_ text: String, to name: String) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Reads a file as UTF-8.
    public func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }

    /// The sorted names of the items in a subfolder; empty if it does not exist.
    public func list(_ name: String = "") -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path(name)))?.sorted() ?? []
    }
}
