package import UsherModel
package import UsherTransfer

/// Why Graph, or the service that gives out its tokens, gave no answer that can be used.
package struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    package enum Code: String, Hashable, Sendable {
        /// Nothing answered, or only faults.
        case unreachable
        /// Graph asks to slow down for longer than one run waits.
        case throttled
        /// The credentials, or what they are allowed to do.
        case refusedCredentials
        /// The thing asked for is not there (404, 410).
        case notFound
        /// The answer is not what it should be.
        case malformed
        /// The request was refused for good.
        case refused
        /// The run was asked to stop.
        case canceled
    }

    /// What a program can act on.
    package let code: Code
    /// Method and URL, without query.
    package let location: String
    /// What was found.
    package let problem: String
    /// What to do next.
    package let next: String
    /// What Graph calls the error: `error.code` of its answer; empty where there was none.
    package let graphCode: String
    /// The status of the answer; nil where there was none.
    package let status: Int?
    /// Graph's `request-id`, which its support asks for; nil where there was no answer.
    package let requestID: String?
    /// Whether Graph may have acted on the request.
    package let mayHaveArrived: Bool
    /// How long Graph asks to wait.
    package let retryAfter: Duration?

    /// Takes all.
    package init(
        _ code: Code, location: String, problem: String, next: String, graphCode: String = "", status: Int? = nil,
        requestID: String? = nil, mayHaveArrived: Bool = false, retryAfter: Duration? = nil
    ) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
        (self.graphCode, self.status, self.requestID) = (graphCode, status, requestID)
        (self.mayHaveArrived, self.retryAfter) = (mayHaveArrived, retryAfter)
    }

    /// A transfer that brought no answer.
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

    /// All in one line, with the request id where there is one.
    package var description: String {
        "\(location): \(problem)\(requestID.map { " (request-id \($0))" } ?? ""). \(next)"
    }

    /// Whether asking again may help.
    var isPassing: Bool {
        switch code {
        case .unreachable, .throttled, .malformed: true
        case .refusedCredentials, .notFound, .refused, .canceled: false
        }
    }
}

extension SourceError {
    /// What Graph's answer, or a refused token, means for a run.
    package init(_ error: GraphError) {
        let code: Code =
            switch error.code {
            case .unreachable, .canceled, .notFound: .unreachable
            case .throttled: .throttled
            case .refusedCredentials: .refusedCredentials
            case .malformed, .refused: .malformed
            }
        self.init(
            code, location: error.location,
            problem: error.problem + (error.requestID.map { " (request-id \($0))" } ?? ""),
            next: error.next)
    }
}
