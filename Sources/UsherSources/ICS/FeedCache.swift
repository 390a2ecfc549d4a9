internal import FoundationEssentials
internal import UsherModel
package import UsherTransfer

/// The last complete feed of a job in a file beside its ledger, for as long as its server says that it has not changed (RFC 9110 §13).
///
/// There is one for each job, with at most one feed in it. Nothing depends on it: where it is missing, damaged or of another feed, the feed is
/// fetched whole. It may hold people's addresses, as the feed does, so only its owner can read it.
package struct FeedCache: Hashable, Sendable {
    /// A feed and what its server said of it.
    struct Entry: Hashable, Sendable {
        /// What it was asked for with.
        let key: String
        /// The digest of the URL that it came from, after redirects.
        let url: String
        /// `ETag`.
        let tag: String?
        /// `Last-Modified`.
        let modified: String?
        /// `Content-Type`.
        let type: String?
        let body: [UInt8]
    }

    /// The file.
    package let path: String

    private static let mark = "usher feed 1"
    private static let suffix = ".feed-"

    /// The cache of a job.
    ///
    /// - Parameters:
    ///   - ledger: The path of its ledger.
    ///   - job: The job's name.
    package init(besideLedger ledger: String, job: String) {
        path = "\(ledger)\(Self.suffix)\(Digest.hex(of: ["feed", job]).prefix(16))"
    }

    /// Removes the feeds of all jobs on a ledger, since a person's data may be in them.
    ///
    /// - Throws: ``FileError``.
    package static func removeAll(besideLedger ledger: String) throws(FileError) {
        let path = URL(filePath: ledger)
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path.deletingLastPathComponent().path)
        } catch {
            return
        }
        let (folder, _) = try OpenFolder.of(file: ledger)
        for name in names where name.hasPrefix(path.lastPathComponent + suffix) { try folder.remove(name) }
    }

    /// The feed that was kept for this key; nil where there is none, or it is damaged.
    func load(key: String) -> Entry? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let bytes = Array(data)
        var lines: [String] = []
        var start = 0
        while lines.count < 7, let end = bytes[start...].firstIndex(of: 0x0A) {
            lines.append(String(decoding: bytes[start..<end], as: UTF8.self))
            start = end + 1
        }
        guard lines.count == 7, lines[0] == Self.mark, lines[2] == key,
            lines[1] == Self.digest(lines[2...], Array(bytes[start...]))
        else { return nil }
        let value = { (line: String) in line.isEmpty ? nil : line }
        return Entry(
            key: key, url: lines[3], tag: value(lines[4]), modified: value(lines[5]), type: value(lines[6]),
            body: Array(bytes[start...]))
    }

    /// Keeps a feed in the place of the one before.
    ///
    /// - Throws: ``FileError``; the one before may be lost.
    func store(_ entry: Entry) throws(FileError) {
        let lines = [entry.key, entry.url, entry.tag ?? "", entry.modified ?? "", entry.type ?? ""]
        let head = ([Self.mark, Self.digest(lines[...], entry.body)] + lines).joined(separator: "\n") + "\n"
        let (folder, name) = try OpenFolder.of(file: path)
        try folder.write(Array(head.utf8) + entry.body, to: name + ".new", mode: 0o600)
        try folder.rename(name + ".new", to: name)
    }

    private static func digest(_ lines: ArraySlice<String>, _ body: [UInt8]) -> String {
        Digest.hex(of: Array(lines) + [Digest.hex(ofBytes: body)])
    }
}
