internal import UsherJob
internal import UsherModel

/// Where a publication goes, as the job file says.
package enum DestinationOptions: Hashable, Sendable {
    /// The path of a file, whether a file that the job's ledger did not write may be replaced, and its permissions, where the job file
    /// states them.
    case file(String, replaces: Bool, mode: UInt32?)
    /// A URL that takes uploads: a web server, WebDAV, S3.
    case web(WebOptions)
    /// A CalDAV collection.
    case collection(CollectionOptions)

    /// The path or URL, with placeholders where the publication is split.
    package var pattern: String {
        switch self {
        case .file(let path, replaces: _, mode: _): path
        case .web(let options): options.pattern
        case .collection(let options): options.web.pattern
        }
    }

    /// Whether publishing reaches beyond this machine's files.
    package var isRemote: Bool {
        switch self {
        case .file: false
        case .web, .collection: true
        }
    }

    /// Whether what the job's ledger did not write may be replaced (`replace: true`).
    package var replaces: Bool {
        switch self {
        case .file(_, let replaces, mode: _): replaces
        case .web(let options): options.replaces
        // Objects have names of ours; whose they are is known from what is in them.
        case .collection: false
        }
    }

    /// The schemes of ``web(_:)``.
    private static let schemes = ["https", "http", "webdavs", "webdav", "s3"]

    /// Reads `to:` and the keys that belong to it; nil where there are problems.
    init?(_ map: JobMap, folder: String, split: PublicationSplit?) {
        guard let node = map.required("to", "a file, or a URL"), let text = node.text(map.problems) else { return nil }
        Self.checkPlaceholders(text, at: node, split, map.problems)
        guard let scheme = text.firstRange(of: "://") else {
            for key in WebOptions.keys {
                if let other = map[key] { map.problems.error(other, key, expected: "that only where to: is a URL") }
            }
            self = .file(
                JobPaths.resolve(text, in: folder), replaces: map.flag("replace") ?? false, mode: Self.mode(map))
            return
        }
        if let node = map["mode"] {
            map.problems.error(node, "permissions", expected: "those only where to: is a file")
        }
        guard Self.schemes.contains(String(text[..<scheme.lowerBound])) else {
            map.problems.error(
                node, "the scheme \(text[..<scheme.lowerBound])", expected: Self.schemes.joined(separator: ", "))
            return nil
        }
        guard let options = WebOptions(text, at: node, map, folder: folder) else { return nil }
        self = .web(options)
    }

    /// Reads `mode: "0640"`: usher's user must be able to read and write the file, and nobody else to write it.
    private static func mode(_ map: JobMap) -> UInt32? {
        map.parsed("mode", "0600, 0640, 0644 or the like: three octal digits, written by no one but the owner") {
            text in
            guard (3...4).contains(text.utf8.count), text.utf8.count == 3 || text.hasPrefix("0"),
                let mode = UInt32(text, radix: 8), mode & 0o600 == 0o600, mode & ~0o644 == 0
            else { return nil }
            return mode
        }
    }

    /// Checks that a path or URL holds only the placeholders of its publication; `mustDiffer` is whether it must be another one for each part.
    static func checkPlaceholders(
        _ text: String, at node: JobNode, _ split: PublicationSplit?, mustDiffer: Bool = true, _ problems: JobProblems
    ) {
        let allowed = split?.allowed ?? []
        let used = PublicationSplit.allCases.filter { text.contains($0.placeholder) }
        if let wrong = used.first(where: { !allowed.contains($0.placeholder) }) {
            problems.error(
                node, wrong.placeholder,
                expected: split == nil ? "that only with each: \(wrong.rawValue)" : allowed.joined(separator: ", "))
        }
        if mustDiffer, let split, !text.contains(split.placeholder) {
            problems.error(
                node, "one file for every \(split.rawValue)",
                expected: "\(split.placeholder) in the name: ../public/\(split.placeholder).ics")
        }
    }
}
