/// The options of an HTTP client: limits, and which addresses it may connect to.
package struct TransferOptions: Hashable, Sendable {
    /// The addresses that connections may be opened to.
    package enum AllowedAddresses: Hashable, Sendable {
        /// All.
        case any
        /// Only addresses that the public Internet routes; checked on the resolved address before connecting.
        case publicOnly
    }

    /// Whether a proxy is used.
    package enum Proxy: Hashable, Sendable {
        /// None, whatever the environment says.
        case none
        /// The one that ``EnvironmentProxy`` finds.
        ///
        /// It may be anywhere; whether a host's address is allowed is then judged only where the URL states the address, since the proxy
        /// looks up names.
        case environment
    }

    /// Transfers at once, at least one; further ones wait in the order of their submission.
    package var width = 8
    /// The largest response body, in octets after decompression.
    package var responseBytes = 16 * 1024 * 1024
    /// The largest header of a response, in octets: interim responses, status line, fields and trailers together.
    package var headerBytes = 64 * 1024
    /// The time limit for connecting, name resolution and TLS included.
    package var connectTimeout: Duration = .seconds(15)
    /// The time limit for the next byte of the response on an established connection.
    ///
    /// Counted in whole seconds, rounded up. libcurl uses the mean of the last five seconds, so that it may notice up
    /// to six seconds late.
    package var idleTimeout: Duration = .seconds(30)
    /// The time limit for a whole transfer, without its wait for one of ``width``.
    package var totalTimeout: Duration = .seconds(120)
    /// How long a connection may have been idle and still be reused for a request that must not be sent twice.
    ///
    /// Counted in whole seconds, rounded up. Common servers close an idle connection after 5 s or more; a request that
    /// crosses that close is in doubt.
    package var unrepeatableReuse: Duration = .seconds(4)
    /// The client's name in `User-Agent`.
    package var userAgent = "usher"
    /// A PEM file of the certificate authorities to trust; nil for the system's.
    package var authorityFile: String?
    /// Whether a proxy is used.
    package var proxy = Proxy.environment
    /// The addresses that connections may be opened to.
    package var allowedAddresses = AllowedAddresses.any

    /// Creates the default options.
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
