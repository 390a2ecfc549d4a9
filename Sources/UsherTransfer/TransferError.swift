/// Why a transfer gave no answer: what failed, where, what was found, what to do next.
package struct TransferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program may decide on.
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
        /// One of the time limits passed.
        case timedOut
        /// The answer passes a limit.
        case tooLarge
        /// The server does not speak the protocol.
        case protocolViolation
        /// The connection ended before the answer was complete.
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
    /// Method and URL, without query, user, fragment.
    package let location: String
    /// What was found there.
    package let problem: String
    /// What the person who reads this can do.
    package let next: String
    /// Whether a byte of the request may have left.
    ///
    /// `false` is certain: the server cannot have acted on it. `true` is a doubt, unless ``status`` settles it.
    package let requestMayHaveArrived: Bool
    /// The status of an answer that began and then failed; nil where none was read.
    package let status: Int?

    /// States a failure.
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

    /// Where, what, and what to do, on one line.
    package var description: String { "\(location): \(problem). \(next)" }
}
