internal import CCurl
internal import Glibc

extension HTTPTransfer {
    /// What libcurl's result means to the person who must act, in texts of ours, so that no secret can be in them.
    func error(_ result: CURLcode, on easy: EasyHandle) -> TransferError {
        let (code, problem, next) = stop.map(text(for:)) ?? text(for: result, on: easy)
        let status = easy.long(CURLINFO_RESPONSE_CODE)
        return TransferError(
            code, at: request.location, problem: problem, next: next, requestMayHaveArrived: attempts > 0,
            status: attempts > 0 && status > 0 ? status : nil)
    }

    func error(_ reason: Abandonment) -> TransferError {
        let (code, problem, next): Text =
            switch reason {
            case .canceled:
                (.canceled, "canceled before the response was complete", "Run it again if it is still wanted.")
            case .closed: (.closed, "the client was closed before the request began", "Run again.")
            case .exhausted: Self.exhausted
            }
        return TransferError(
            code, at: request.location, problem: problem, next: next, requestMayHaveArrived: attempts > 0)
    }

    private typealias Text = (code: TransferError.Code, problem: String, next: String)

    private static let exhausted: Text = (
        .exhausted, "no memory, thread or socket left", "Free memory on this machine and run again."
    )

    private func text(for stop: Stop) -> Text {
        switch stop {
        case .bodyTooLarge:
            (
                .tooLarge, "the response's body is longer than \(responseBytes) octets",
                "Check that this URL is the right one."
            )
        case .headerTooLarge:
            (
                .tooLarge, "the response's header is longer than \(options.headerBytes) octets",
                "Check that this URL is the right one."
            )
        case .headerCut:
            (
                .brokenOff, "the connection ended inside the response's header",
                "Check the server's log and the network."
            )
        case .wouldRepeat:
            (
                .brokenOff,
                "the connection ended before a response was received, and the request must not be sent twice",
                "Check on the server whether the request arrived."
            )
        }
    }

    private func text(for result: CURLcode, on easy: EasyHandle) -> Text {
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
                .protocolViolation, "the response is not valid HTTP",
                "Check that a web server listens on this host and port."
            )
        default: broken(result)
        }
    }

    private func unresolved(_ result: CURLcode) -> Text {
        let what = result == CURLE_COULDNT_RESOLVE_PROXY ? "the proxy's name" : "the name \(request.url.host)"
        return (.unresolved, "\(what) has no address", "Check its spelling and this machine's name service.")
    }

    private func unconnected(_ easy: EasyHandle) -> Text {
        guard refusals == 0 || openings > 0 else {
            return (
                .forbiddenAddress, "all addresses of \(request.url.host) are private or reserved",
                "Name a host on the public Internet, or allow private addresses."
            )
        }
        let number = Int32(truncatingIfNeeded: easy.long(CURLINFO_OS_ERRNO))
        let reason = number == 0 ? "" : ": \(String(cString: strerror(number)))"
        return (
            .unreachable, "no connection\(reason)", "Check that the server is running and that no firewall blocks it."
        )
    }

    private func late(_ easy: EasyHandle) -> Text {
        let next = "Check the server's load and the network, or raise the limit."
        if attempts == 0 {
            return (.timedOut, "no connection within \(min(options.connectTimeout, totalTimeout))", next)
        }
        // libcurl has one code for both limits; only its texts differ.
        if easy.message.hasPrefix("Operation too slow") {
            return (.timedOut, "nothing was received for \(options.idleTimeout)", next)
        }
        return (.timedOut, "no complete response within \(totalTimeout)", next)
    }

    private func untrusted(_ easy: EasyHandle) -> Text {
        // Nothing of the request has been sent yet; libcurl's text names the certificate and the host only.
        let reason = easy.message.isEmpty ? "" : ": \(easy.message)"
        return (
            .tls, "no trusted TLS connection\(reason)",
            "Check the server's certificate, this machine's certificate authorities and its clock."
        )
    }

    private func unsendable(_ result: CURLcode) -> Text {
        (.badRequest, "libcurl cannot send this request (code \(result.rawValue))", "Check the URL, or update libcurl.")
    }

    private func broken(_ result: CURLcode) -> Text {
        let problem =
            switch result {
            case CURLE_GOT_NOTHING: "the connection ended without a response"
            case CURLE_PARTIAL_FILE: "the connection ended before the announced end of the response"
            case CURLE_SEND_ERROR: "the connection ended while the request was being sent"
            default: "the connection ended before the response was complete (libcurl code \(result.rawValue))"
            }
        return (.brokenOff, problem, "Check the server's log and the network.")
    }
}
