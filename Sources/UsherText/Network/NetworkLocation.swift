/// What a URL or a host's name says about where a connection will go.
package enum NetworkLocation {
    /// The host in a URL, in lower case and without brackets; nil if there is none, or if a user name precedes it.
    package static func host(ofURL url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { return nil }
        guard authority.hasPrefix("[") else {
            let host = authority.prefix { $0 != ":" }
            return host.isEmpty ? nil : host.lowercased()
        }
        let host = authority.dropFirst().prefix { $0 != "]" }
        let rest = authority.dropFirst(host.count + 2)
        guard authority.contains("]"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
        return host.lowercased()
    }

    /// Whether a host, with or without the brackets of an IPv6 address, can only be this machine: `localhost` (RFC 6761 §6.3),
    /// 127.0.0.0/8 or `::1`.
    ///
    /// It decides whether credentials may leave in clear text, so the address is parsed: by its prefix,
    /// `127.evil.example.com` would pass.
    package static func isThisMachine(host: some StringProtocol) -> Bool {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let name = isBracketed ? String(host.dropFirst().dropLast()) : String(host)
        guard let address = IPAddress(name) else { return !isBracketed && name.lowercased() == "localhost" }
        return address.isLoopback && !(isBracketed && address.octets.count == 4)
    }

    /// Whether the host in a URL can only be this machine.
    package static func isThisMachine(url: String) -> Bool {
        host(ofURL: url).map { isThisMachine(host: $0) } ?? false
    }
}
