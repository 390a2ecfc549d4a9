internal import Glibc
internal import UsherText

/// The proxy that the environment names, as other programs read it: `https_proxy`, `http_proxy` (in lower case only: a web server sets
/// HTTP_PROXY from a request's header), `all_proxy` and `no_proxy` (curl(1), "ENVIRONMENT").
package struct EnvironmentProxy: Hashable, Sendable {
    /// The name of the variable.
    package let variable: String
    /// The proxy as libcurl takes it; it may hold a password.
    let value: String

    /// What may be shown of the proxy: no user and no password.
    package var shown: String {
        let start = value.firstRange(of: "://")?.upperBound ?? value.startIndex
        let authority = value[start...].prefix { $0 != "/" }
        return value[..<start] + String(authority.split(separator: "@").last ?? "")
    }

    /// The proxy for a URL; nil where it is reached directly.
    ///
    /// This machine and link-local addresses, such as the metadata service of a cloud, are never reached through a proxy.
    init?(for url: HTTPURL) {
        self.init(scheme: url.scheme, host: url.host) { name in
            getenv(name).map { String(cString: $0) }
        }
    }

    init?(scheme: HTTPURL.Scheme, host: String, variable: (String) -> String?) {
        guard !NetworkLocation.isThisMachine(host: host), !host.hasPrefix("169.254."),
            !Self.isExempt(host, variable("no_proxy") ?? variable("NO_PROXY") ?? "")
        else { return nil }
        let names =
            switch scheme {
            case .https: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            case .http: ["http_proxy", "all_proxy", "ALL_PROXY"]
            }
        guard let name = names.first(where: { !(variable($0) ?? "").isEmpty }), let value = variable(name) else {
            return nil
        }
        (self.variable, self.value) = (name, value)
    }

    /// All proxies that the environment names, for a person to know.
    package static var all: [EnvironmentProxy] {
        [HTTPURL.Scheme.https, .http].compactMap { scheme in
            EnvironmentProxy(scheme: scheme, host: "host.invalid") { name in
                name.lowercased() == "no_proxy" ? nil : getenv(name).map { String(cString: $0) }
            }
        }
    }

    /// Whether a list exempts a host: by its name, by a domain above it, or `*` for all.
    private static func isExempt(_ host: String, _ list: String) -> Bool {
        let host = host.lowercased()
        return list.lowercased().split { $0 == "," || $0 == " " }.contains { entry in
            if entry == "*" { return true }
            let name = entry.hasPrefix(".") ? entry.dropFirst() : entry
            return host == name || host == "[\(name)]" || host.hasSuffix(".\(name)")
        }
    }
}
