internal import CCurl
internal import Glibc

extension HTTPTransfer {
    /// What libcurl's result means to the person who must act; pure words of ours, so that nothing secret slips in.
    func error(_ result: CURLcode, on easy: EasyHandle) -> TransferError {
        let (code, found, next) = stop.map(words(for:)) ?? words(for: result, on: easy)
        let status = easy.long(CURLINFO_RESPONSE_CODE)
        return TransferError(
            code, at: request.location, problem: found, next: next, requestMayHaveArrived: attempts > 0,
            status: attempts > 0 && status > 0 ? status : nil)
    }

    func error(_ reason: Abandonment) -> TransferError {
        let (code, found, next): Words =
            switch reason {
            case .canceled:
                (.canceled, "canceled before the answer was complete", "Run it again if it is still wanted.")
            case .closed: (.closed, "the client was closed before the request began", "Run again.")
            case .exhausted: Self.exhausted
            }
        return TransferError(
            code, at: request.location, problem: found, next: next, requestMayHaveArrived: attempts > 0)
    }

    private typealias Words = (code: TransferError.Code, problem: String, next: String)

    private static let exhausted: Words = (
        .exhausted, "no memory, thread or socket left", "Free memory on this machine and run again."
    )

    private func words(for stop: Stop) -> Words {
        switch stop {
        case .bodyTooLarge:
            (
                .tooLarge, "the answer's body is longer than \(responseBytes) octets",
                "Check that this URL is the right one."
            )
        case .headerTooLarge:
            (
                .tooLarge, "the answer's header is longer than \(options.headerBytes) octets",
                "Check that this URL is the right one."
            )
        case .headerCut:
            (
                .brokenOff, "the connection ended inside the answer's header", "Check the server's log and the network."
            )
        case .wouldRepeat:
            (
                .brokenOff, "the connection ended before an answer came, and the request must not be sent twice",
                "Look at the server whether it arrived."
            )
        }
    }

    private func words(for result: CURLcode, on easy: EasyHandle) -> Words {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: unresolved(result)
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_PROXY: unconnected(easy)
        case CURLE_OPERATION_TIMEDOUT: late(easy)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
            untrusted(easy)
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: Self.exhausted
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            unsendable(result)
        case CURLE_UNSUPPORTED_PROTOCOL where attempts == 0: unsendable(result)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
            (
                .protocolViolation, "the answer is not valid HTTP",
                "Check that a web server listens at this host and port."
            )
        default: broken(result)
        }
    }

    private func unresolved(_ result: CURLcode) -> Words {
        let what = result == CURLE_COULDNT_RESOLVE_PROXY ? "the proxy's name" : "the name \(request.url.host)"
        return (.unresolved, "\(what) has no address", "Check its spelling and this machine's name service.")
    }

    private func unconnected(_ easy: EasyHandle) -> Words {
        guard refusals == 0 || openings > 0 else {
            return (
                .forbiddenAddress, "all addresses of \(request.url.host) are private or reserved",
                "Name a host on the public Internet, or allow private addresses."
            )
        }
        let number = Int32(truncatingIfNeeded: easy.long(CURLINFO_OS_ERRNO))
        let reason = number == 0 ? "" : ": \(String(cString: strerror(number)))"
        return (
            .unreachable, "no connection\(reason)", "Check that the server runs and that no firewall stands between."
        )
    }

    private func late(_ easy: EasyHandle) -> Words {
        let next = "Check the server's load and the network, or raise the limit."
        if attempts == 0 {
            return (.timedOut, "no connection within \(min(options.connectTimeout, totalTimeout))", next)
        }
        // libcurl has one code for both limits; only its words differ.
        if easy.message.hasPrefix("Operation too slow") {
            return (.timedOut, "no byte came for \(options.idleTimeout)", next)
        }
        return (.timedOut, "no complete answer within \(totalTimeout)", next)
    }

    private func untrusted(_ easy: EasyHandle) -> Words {
        // At this stage nothing of the request exists on the wire; libcurl's words name certificate and host only.
        let reason = easy.message.isEmpty ? "" : ": \(easy.message)"
        return (
            .tls, "no trusted TLS connection\(reason)",
            "Check the server's certificate, this machine's certificate authorities and its clock."
        )
    }

    private func unsendable(_ result: CURLcode) -> Words {
        (.badRequest, "libcurl cannot send this request (code \(result.rawValue))", "Check the URL, or update libcurl.")
    }

    private func broken(_ result: CURLcode) -> Words {
        let found =
            switch result {
            case CURLE_GOT_NOTHING: "the connection ended without an answer"
            case CURLE_PARTIAL_FILE: "the connection ended before the answer's announced end"
            case CURLE_SEND_ERROR: "the connection ended while the request was being sent"
            default: "the connection ended before the answer was complete (libcurl code \(result.rawValue))"
            }
        return (.brokenOff, found, "Check the server's log and the network.")
    }
}
