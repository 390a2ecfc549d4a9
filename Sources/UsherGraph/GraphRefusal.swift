internal import UsherModel
internal import UsherText

/// Proof that an object does not exist: a 404 in Graph's own words.
///
/// Proxies, gateways and sign-in pages answer 404, too; only Graph does so with an error code and a request id (Microsoft Graph, "error
/// responses and resource types"). Nothing but such an answer makes a value of this type.
package struct GraphAbsence: Hashable, Sendable {
    /// What was asked for: method and URL, without query.
    package let location: String

    fileprivate init?(_ refusal: GraphRefusal, at location: String) {
        guard refusal.status == 404, refusal.tree["error"]["code"].text?.isEmpty == false,
            refusal.requestID?.isEmpty == false || refusal.innerRequestID?.isEmpty == false
        else { return nil }
        self.location = location
    }
}

/// Translates a status of Graph's and its error body into what an administrator must do.
///
/// Source: Microsoft Graph, "error responses and resource types", "resolve authorization errors".
struct GraphRefusal {
    let status: Int
    let tree: JSONValue
    let retryAfter: Duration?
    let requestID: String?

    func error(at location: String) -> GraphError {
        let (code, problem, next) = explanation
        return GraphError(
            code, location: location, problem: problem, next: next, graphCode: tree["error"]["code"].text ?? "",
            status: status,
            requestID: requestID ?? innerRequestID, mayHaveArrived: true,
            retryAfter: status == 429 || status >= 500 ? retryAfter : nil, absence: GraphAbsence(self, at: location))
    }

    fileprivate var innerRequestID: String? { tree["error"]["innerError"]["request-id"].text }

    private var explanation: (GraphError.Code, problem: String, next: String) {
        switch status {
        case 200...299:
            (
                .malformed, "the answer is no complete JSON object",
                "The connection may have broken; if this repeats, check any proxy in between"
            )
        case 400 where said.contains("InvalidAuthenticationToken"), 401:
            (
                .refusedCredentials, "the token was refused (\(said))",
                "Check cloud and tenant; a ready token (auth.kind: token) may have expired: provide a new one"
            )
        case 403:
            (
                .refusedCredentials, "access was refused (\(said))",
                "Grant the application permission with admin consent, and the application access policy to the organizer: "
                    + "docs/graph.md, or run: usher check --online JOB"
            )
        case 404 where tree["error"]["code"].text == nil:
            (
                .refused, "a 404 that is not in Graph's words",
                "Check graph-url in the job file, and any proxy in between"
            )
        case 404, 410: (.notFound, "not found (\(said))", "Check the id in the job file")
        case 429: (.throttled, "Graph throttles (\(said))", "Nothing to do: a later run continues. Fewer runs help")
        case 408, 500...599:
            (.unreachable, "Graph failed with \(status) (\(said))", "Nothing to do: a later run continues")
        case 300...399: (.refused, "a redirect (\(status)), which is not followed", "Check graph-url in the job file")
        default: (.refused, "Graph refused with \(status) (\(said))", "Report it with the request id")
        }
    }

    /// Graph's own words, in one short line.
    private var said: String {
        let code = tree["error"]["code"].text ?? tree["error"].text ?? "status \(status)"
        let inner = tree["error"]["innerError"]["code"].text.map { ", \($0)" } ?? ""
        let message = tree["error"]["message"].text.map { ": \($0.prefix(200))" } ?? ""
        return Line(cleaning: "\(code.prefix(80))\(inner.prefix(80))\(message)").text
    }
}
