package import UsherModel
package import UsherTransfer

/// A secret or a token could not be obtained.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    package enum Code: String, Hashable, Sendable {
        /// The service that issues tokens did not answer, or answered with a server error.
        case unreachable
        /// The service refused the credentials, or a secret is missing.
        case refusedCredentials
        /// The answer holds no token.
        case malformed
        /// The request could not be made.
        case refused
        /// The run was asked to stop.
        case canceled
    }

    package let code: Code
    /// The key of the job file, the reference of the secret, or the URL of the service, without its query.
    package let location: String
    package let problem: String
    /// What a person should do next.
    package let next: String
    /// The service's own name for the error; empty where it gave none.
    package let serviceCode: String
    /// The HTTP status; nil where there was no answer.
    package let status: Int?
    /// The service's id for the request, which its support asks for.
    package let requestID: String?
    /// How long the service asks to wait before another attempt.
    package let retryAfter: Duration?

    package init(
        _ code: Code, location: String, problem: String, next: String, serviceCode: String = "", status: Int? = nil,
        requestID: String? = nil, retryAfter: Duration? = nil
    ) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
        (self.serviceCode, self.status, self.requestID, self.retryAfter) = (serviceCode, status, requestID, retryAfter)
    }

    /// Translates a request that got no answer.
    package init(_ error: TransferError) {
        let code: Code =
            switch error.code {
            case .unresolved, .unreachable, .forbiddenAddress, .tls, .timedOut, .brokenOff, .closed, .exhausted:
                .unreachable
            case .protocolViolation: .malformed
            case .tooLarge, .badRequest, .refusedSignIn: .refused
            case .canceled: .canceled
            }
        self.init(code, location: error.location, problem: error.problem, next: error.next, status: error.status)
    }

    /// Translates a secret that could not be read.
    package init(_ error: SecretError) {
        self.init(
            error.isCanceled ? .canceled : .refusedCredentials, location: error.location, problem: error.problem,
            next: error.isCanceled ? "Run again" : "Provide the secret where the job file says it is")
    }

    package var description: String { "\(location): \(detail). \(next)" }

    /// The problem, with the request id where there is one.
    package var detail: String { problem + (requestID.map { " (request-id \($0))" } ?? "") }

    /// Whether another attempt may succeed.
    var isTransient: Bool {
        switch code {
        case .unreachable, .malformed: true
        case .refusedCredentials, .refused, .canceled: false
        }
    }
}

extension ExaminationError {
    package init(_ error: CredentialError) {
        let code: Code =
            switch error.code {
            case .unreachable: .unreachable
            case .refusedCredentials: .refusedCredentials
            case .malformed, .refused: .malformed
            case .canceled: .canceled
            }
        self.init(code, location: error.location, problem: error.detail, next: error.next)
    }
}
