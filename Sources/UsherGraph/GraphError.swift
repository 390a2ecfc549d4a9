package import UsherCredentials
package import UsherTransfer

/// A call to Graph failed, or no token for it could be obtained.
package struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    package enum Code: String, Hashable, Sendable {
        /// Nothing answered, or only server errors.
        case unreachable
        /// Graph asks to slow down for longer than one run waits.
        case throttled
        /// The credentials, or their permissions, were refused.
        case refusedCredentials
        /// Graph says that the object does not exist (404, 410); only ``GraphError/absence`` proves it.
        case notFound
        /// The answer is not what it should be.
        case malformed
        /// The request would be refused again.
        case refused
        /// The run was asked to stop.
        case canceled
    }

    package let code: Code
    /// Method and URL, without query.
    package let location: String
    package let problem: String
    /// What a person should do next.
    package let next: String
    /// `error.code` of the answer; empty where there was none.
    package let graphCode: String
    /// The HTTP status; nil where there was no answer.
    package let status: Int?
    /// Graph's `request-id`, which its support asks for; nil where there was no answer.
    package let requestID: String?
    /// Whether Graph may have acted on the request.
    package let mayHaveArrived: Bool
    /// How long Graph asks to wait before another attempt.
    package let retryAfter: Duration?
    /// Proof that what was asked for does not exist; nil for every other answer.
    package let absence: GraphAbsence?

    package init(
        _ code: Code, location: String, problem: String, next: String, graphCode: String = "", status: Int? = nil,
        requestID: String? = nil, mayHaveArrived: Bool = false, retryAfter: Duration? = nil,
        absence: GraphAbsence? = nil
    ) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
        (self.graphCode, self.status, self.requestID) = (graphCode, status, requestID)
        (self.mayHaveArrived, self.retryAfter, self.absence) = (mayHaveArrived, retryAfter, absence)
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
        self.init(
            code, location: error.location, problem: error.problem, next: error.next, status: error.status,
            mayHaveArrived: error.requestMayHaveArrived)
    }

    /// Translates a failed sign-in.
    package init(_ error: CredentialError) {
        let code: Code =
            switch error.code {
            case .unreachable: .unreachable
            case .refusedCredentials: .refusedCredentials
            case .malformed: .malformed
            case .refused: .refused
            case .canceled: .canceled
            }
        self.init(
            code, location: error.location, problem: error.problem, next: error.next, graphCode: error.serviceCode,
            status: error.status, requestID: error.requestID, retryAfter: error.retryAfter)
    }

    package var description: String { "\(location): \(detail). \(next)" }

    /// The problem, with the request id where there is one.
    package var detail: String { problem + (requestID.map { " (request-id \($0))" } ?? "") }

    /// Whether another attempt may succeed.
    package var isTransient: Bool {
        switch code {
        case .unreachable, .throttled, .malformed: true
        case .refusedCredentials, .notFound, .refused, .canceled: false
        }
    }
}
