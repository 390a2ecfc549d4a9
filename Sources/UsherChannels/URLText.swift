/// What is needed of a URL's text before anything connects to it; who connects judges the address again.
enum URLText {
    /// The host, in lower case; nil where there is none or where a user name stands before it.
    static func host(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { return nil }
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }).lowercased() }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }
}

/// This machine, by name.
enum Loopback {
    /// Whether a URL's host names this machine.
    static func isHost(of url: String) -> Bool {
        guard let host = URLText.host(of: url) else { return false }
        return host == "localhost" || host == "::1"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) }
    }
}
