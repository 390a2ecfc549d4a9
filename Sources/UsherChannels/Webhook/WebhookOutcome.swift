internal import UsherModel
internal import UsherTransfer

/// What an endpoint's answer means.
///
/// Source: Standard Webhooks, "Operational considerations"; RFC 9110 §15. 2xx is success; 429, 502, 503 and 504 ask to slow down; 410 says that
/// the endpoint is no more; what else is 4xx would be refused again.
struct WebhookOutcome {
    private let response: HTTPResponse
    private let isIdempotent: Bool
    private let now: Instant

    init(_ response: HTTPResponse, isIdempotent: Bool, now: Instant) {
        (self.response, self.isIdempotent, self.now) = (response, isIdempotent, now)
    }

    var attempt: Attempt {
        switch response.status {
        case 200...299: .sent(Evidence(words))
        // Clear refusals, before anything was done.
        case 408, 425, 429, 503: .retry(Refusal(.channel, words), notBefore: notBefore)
        // It may have been done: a receiver that knows the id is asked again, of any other it cannot be known.
        case 500...599 where !isIdempotent: .inDoubt(Evidence(words))
        case 502, 504: .retry(Refusal(.channel, words), notBefore: notBefore)
        case 500...599: .retry(Refusal(.delivery, words), notBefore: notBefore)
        // About the endpoint, not the message: this one has failed, and the rest waits for a person.
        case 401, 403: .failed(Refusal(.credentials, words))
        case 300...399, 404, 405, 410: .failed(Refusal(.channel, words))
        default: .failed(Refusal(.delivery, words))
        }
    }

    private var notBefore: Instant? { response.retryAfter.map { now + $0 } }

    /// The status, what it means here, and the head of the body.
    private var words: String {
        let meaning =
            switch response.status {
            case 300...399: " (a redirect, which is not followed)"
            case 404: " (no such endpoint)"
            case 410: " (the endpoint is no more)"
            default: ""
            }
        let body = String(decoding: response.body.prefix(Limits.evidenceBytes), as: UTF8.self)
        return "\(response.status)\(meaning)\(body.isEmpty ? "" : ": " + body)"
    }
}
