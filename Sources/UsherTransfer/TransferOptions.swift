/// What holds for all transfers of one client: limits, and with whom it may speak.
package struct TransferOptions: Hashable, Sendable {
    /// To which addresses a connection may be opened.
    package enum AllowedAddresses: Hashable, Sendable {
        /// All.
        case any
        /// Only what the public Internet routes; judged on the resolved address at the moment of connecting.
        case publicOnly
    }

    /// Whether a proxy stands between.
    package enum Proxy: Hashable, Sendable {
        /// None, whatever the environment says.
        case none
        /// What `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` say.
        ///
        /// ``TransferOptions/allowedAddresses`` then judges the proxy's address.
        case environment
    }

    /// Transfers under way at once, at least one; further ones wait in the order they came.
    package var width = 8
    /// Octets of a response body once it is decompressed.
    package var responseBytes = 16 * 1024 * 1024
    /// Octets of a response's header: interim responses, status line, fields and trailers together.
    package var headerBytes = 64 * 1024
    /// From the start of a transfer until the connection stands, name resolution and TLS included.
    package var connectTimeout: Duration = .seconds(15)
    /// Without a byte of the answer on an established connection, the server's time to think included.
    ///
    /// Counted in whole seconds, rounded up. libcurl takes the mean of the last five seconds, so that it may notice up to six
    /// seconds late.
    package var idleTimeout: Duration = .seconds(30)
    /// From the start of a transfer to its end; waiting for a free place among ``width`` does not count.
    package var totalTimeout: Duration = .seconds(120)
    /// How long a connection may have lain idle and still carry a request that must not be sent twice.
    ///
    /// Counted in whole seconds, rounded up. Common servers close an idle connection after 5 s or more; a request that crosses
    /// that close is in doubt.
    package var unrepeatableReuse: Duration = .seconds(4)
    /// What this program calls itself.
    package var userAgent = "usher"
    /// A PEM file of the certificate authorities to trust; nil for the system's.
    package var authorityFile: String?
    /// Whether a proxy is used.
    package var proxy = Proxy.none
    /// To which addresses a connection may be opened.
    package var allowedAddresses = AllowedAddresses.any

    /// The defaults.
    package init() {}
}

extension Duration {
    /// Whole milliseconds, at least one: to libcurl, 0 means no limit at all.
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }

    /// Whole seconds, rounded up, at least one.
    var curlSeconds: Int { (curlMilliseconds + 999) / 1000 }
}
