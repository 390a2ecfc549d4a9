/// Why a transfer has no result: what failed, where, what was found, what to do next.
package struct TransferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure, for programs.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The host's name has no address.
        case unresolved
        /// No connection to any of the host's addresses.
        case unreachable
        /// All of the host's addresses are refused by ``TransferOptions/allowedAddresses``.
        case forbiddenAddress
        /// The TLS handshake or the certificate failed.
        case tls
        /// The server refused the name, the password or the token.
        case refusedSignIn
        /// A time limit was exceeded.
        case timedOut
        /// The response exceeds a limit.
        case tooLarge
        /// The server does not speak the protocol.
        case protocolViolation
        /// The connection ended before the response was complete.
        case brokenOff
        /// The caller's task was canceled.
        case canceled
        /// The client was closed.
        case closed
        /// The request cannot be sent as it is.
        case badRequest
        /// This machine has no memory, thread or socket left.
        case exhausted
    }

    /// What failed.
    package let code: Code
    /// Method and URL, without query, user and fragment.
    package let location: String
    /// What was found there.
    package let problem: String
    /// What the person who reads this can do.
    package let next: String
    /// Whether a byte of the request may have been sent.
    ///
    /// `false` is certain: the server cannot have acted on it. `true` is a doubt, unless ``status`` resolves it.
    package let requestMayHaveArrived: Bool
    /// The status of a response that began and then failed; nil where none was received.
    package let status: Int?

    package init(
        _ code: Code, at location: String, problem: String, next: String, requestMayHaveArrived: Bool = false,
        status: Int? = nil
    ) {
        self.code = code
        self.location = location
        self.problem = problem
        self.next = next
        self.requestMayHaveArrived = requestMayHaveArrived
        self.status = status
    }

    package var description: String { "\(location): \(problem). \(next)" }
}
