/// What the log shows of the header of an HTTP request and of its response.
struct HTTPDialogue {
    private let visibility: HTTPRequest.Visibility

    /// Fields whose values are shown; of all others only the name is, since any of them may hold a key.
    private static let shownFields: Set<String> = [
        "accept", "accept-encoding", "age", "allow", "cache-control", "client-request-id", "connection",
        "content-encoding", "content-language", "content-length", "content-type", "date", "dav", "depth", "etag",
        "expires", "host", "if-match", "if-none-match", "last-modified", "overwrite", "ratelimit-limit",
        "ratelimit-remaining", "ratelimit-reset", "request-id", "retry-after", "server", "strict-transport-security",
        "transfer-encoding", "upgrade", "user-agent", "vary", "via", "webhook-id", "webhook-timestamp",
        "www-authenticate", "x-amz-date", "x-amz-request-id", "x-ratelimit-limit", "x-ratelimit-remaining",
        "x-ratelimit-reset", "x-request-id",
    ]

    init(_ visibility: HTTPRequest.Visibility) { self.visibility = visibility }

    /// Texts of a request that must not be logged even where the server repeats them.
    static func secrets(of request: HTTPRequest) -> [String] {
        let values = request.fields.filter { !shownFields.contains($0.name.lowercased()) }.map(\.value)
        // `Bearer TOKEN`: the server may repeat the token alone.
        let words = values.compactMap { $0.split(separator: " ").last.map(String.init) }
        let target = request.url.text.dropFirst(request.url.origin.count)
        let query = target.split(separator: "?", maxSplits: 1).dropFirst().map(String.init)
        switch request.visibility {
        case .path: return values + words + query
        case .origin: return values + words + query + [String(target.prefix { $0 != "?" && $0 != "#" })]
        }
    }

    /// What is shown of a line of the request; nil for the blank line at the end.
    func request(_ line: String) -> String? {
        guard !line.isEmpty else { return nil }
        // A field's name holds no blank, and a request line has one before any colon.
        guard line.first(where: { $0 == ":" || $0 == " " }) == " " else { return field(line) }
        let words = line.split(separator: " ")
        guard words.count == 3 else { return DialogueLog.hidden }
        return words[0] == "CONNECT" ? line : "\(words[0]) \(target(words[1])) \(words[2])"
    }

    /// What is shown of a line of the response; nil for the blank line at the end.
    func response(_ line: String) -> String? {
        if line.isEmpty { return nil }
        return line.hasPrefix("HTTP/") ? line : field(line)
    }

    private func target(_ target: Substring) -> String {
        switch visibility {
        case .origin: return "/…"
        case .path:
            let path = target.prefix { $0 != "?" }
            return path.count < target.count ? "\(path)?…" : String(path)
        }
    }

    private func field(_ line: String) -> String {
        let name = line.prefix { $0 != ":" }
        // A continuation of a folded line, or a fragment.
        guard name.count < line.count, !name.contains(where: \.isWhitespace) else { return DialogueLog.hidden }
        let value = line.dropFirst(name.count + 1)
        switch name.lowercased() {
        case "location", "content-location":
            let url = value.drop { $0 == " " }
            // A user name and a password may stand before the host.
            return "\(name): \(url.contains("@") ? DialogueLog.hidden : target(url))"
        case let name where Self.shownFields.contains(name): return line
        default: return "\(name): \(DialogueLog.hidden)"
        }
    }
}
