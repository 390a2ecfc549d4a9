internal import UsherModel
internal import UsherTransfer

/// Translates an endpoint's answer into the outcome of an attempt.
///
/// Source: Standard Webhooks, "Operational considerations"; RFC 9110 §15. 2xx is success. An answer about the endpoint (it is busy, has
/// moved, does not exist or refuses the credentials) fails no delivery: all of them wait until the endpoint is well again. An answer about
/// the message (400, 422 and any other 4xx) would be the same the next time.
struct WebhookOutcome {
    private let response: HTTPResponse
    private let origin: String
    private let isIdempotent: Bool
    private let now: Instant

    /// Creates the translation.
    ///
    /// - Parameters:
    ///   - response: The answer.
    ///   - origin: Scheme, host and port of the endpoint; the rest of its URL may be a secret.
    ///   - isIdempotent: Whether the receiver recognizes a message that it gets again.
    ///   - now: The present, for a `Retry-After` with a date in an answer that has none itself.
    init(_ response: HTTPResponse, from origin: String, isIdempotent: Bool, now: Instant) {
        (self.response, self.origin, self.isIdempotent, self.now) = (response, origin, isIdempotent, now)
    }

    var attempt: Attempt {
        let after = response.retryAfter(now: now.secondsSince1970)
        return switch response.status {
        case 200...299: .sent(Evidence(words))
        // Refused before anything was done.
        case 408, 425, 429, 503: .retry(Refusal(.channel, words), after: after)
        case 401, 403: .retry(Refusal(.credentials, words), after: nil)
        case 300...399, 404, 405, 410: .retry(Refusal(.sender, words), after: nil)
        // What it has of this one recipient already stands in the way (RFC 9110 §15.5.10).
        case 409: .failed(Refusal(.recipient, words))
        // The receiver may have acted on it: one that recognizes ids may get it again, any other leaves a doubt.
        case 500...599 where !isIdempotent: .inDoubt(Evidence(words))
        // A gateway without the server behind it: no other message would get further.
        case 502, 504: .retry(Refusal(.channel, words), after: after)
        case 500...599: .retry(Refusal(.delivery, words), after: after)
        default: .failed(Refusal(.delivery, words))
        }
    }

    /// The status, where it came from, what to do about it, and the beginning of the body.
    private var words: String {
        let body = String(decoding: response.body.prefix(Limits.evidenceBytes), as: UTF8.self)
        let head = advice.map { "\(response.status) from \(origin) (\($0))" } ?? "\(response.status)"
        return "\(head)\(body.isEmpty ? "" : ": " + body)"
    }

    /// What the status says about the endpoint, and what a person can do; nil where there is nothing to do.
    private var advice: String? {
        switch response.status {
        case 300...399: "a redirect, which is not followed: put the new URL into the job file"
        case 401, 403:
            "it refuses the credentials: check secret, headers and url in the job file, and the receiver's settings"
        case 404: "no such endpoint: check url in the job file"
        case 405: "it accepts no POST: check url in the job file"
        case 410: "the endpoint was removed: create a new one and put its URL into the job file"
        case 408, 425, 429, 503: "it asks to slow down or is away: the messages wait"
        default: nil
        }
    }
}
