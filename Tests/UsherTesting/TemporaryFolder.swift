public import Foundation

/// A folder of a test's own, removed with all it holds when the value goes away.
public final class TemporaryFolder: Sendable {
    /// Where it lies.
    public let url: URL

    /// Makes an empty folder with an unguessable name.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "usher-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that cannot be removed is the operating system's to clear; no test depends on it.
        do { try FileManager.default.removeItem(at: url) } catch { print("left behind: \(url.path): \(error)") }
    }

    /// The path of the folder.
    public var path: String { url.path }

    /// The path of something in the folder.
    public func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file, with the folders above it.
    public func write(_ text: String, to name: String) throws {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Reads a file as UTF-8.
    public func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }

    /// The names of what lies in a folder below, sorted; empty where there is no such folder.
    public func list(_ name: String = "") -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path(name)))?.sorted() ?? []
    }
}
