internal import UsherModel
internal import UsherTransfer

/// Translates an endpoint's answer into the outcome of an attempt.
///
/// Source: Standard Webhooks, "Operational considerations"; RFC 9110 §15. 2xx is success; 429, 502, 503 and 504 ask to slow down; 410 says that
/// the endpoint was removed; any other 4xx would be refused again.
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
        // Refused before anything was done.
        case 408, 425, 429, 503: .retry(Refusal(.channel, words), notBefore: notBefore)
        // The receiver may have acted on it: one that recognizes ids may get it again, any other leaves a doubt.
        case 500...599 where !isIdempotent: .inDoubt(Evidence(words))
        case 502, 504: .retry(Refusal(.channel, words), notBefore: notBefore)
        case 500...599: .retry(Refusal(.delivery, words), notBefore: notBefore)
        // About the endpoint, not the message: this one fails, and the others wait for a person.
        case 401, 403: .failed(Refusal(.credentials, words))
        case 300...399, 404, 405, 410: .failed(Refusal(.channel, words))
        default: .failed(Refusal(.delivery, words))
        }
    }

    private var notBefore: Instant? { response.retryAfter.map { now + $0 } }

    /// The status, its meaning here, and the beginning of the body.
    private var words: String {
        let meaning =
            switch response.status {
            case 300...399: " (a redirect, which is not followed)"
            case 404: " (no such endpoint)"
            case 410: " (the endpoint was removed)"
            default: ""
            }
        let body = String(decoding: response.body.prefix(Limits.evidenceBytes), as: UTF8.self)
        return "\(response.status)\(meaning)\(body.isEmpty ? "" : ": " + body)"
    }
}
