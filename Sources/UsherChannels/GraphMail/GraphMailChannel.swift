package import UsherGraph
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// Mail through Microsoft Graph: each message whole, as MIME, to `sendMail` of one user.
///
/// Source: Microsoft Graph, "user: sendMail" (MIME content in base64 as text/plain; 202 without a body) and "list messages".
package struct GraphMailChannel: Channel {
    /// Messages are whole mails of this sender.
    package var format: MessageFormat { .mail(options.profile) }
    /// Requests at once: a mailbox takes four (Exchange Online, "throttling limits for Outlook service").
    package let width: Int
    private let options: GraphMailOptions
    private let client: GraphClient
    private let clock: WallClock

    /// How long a message that was taken may need until it lies in a folder of the mailbox.
    private static let patience = Duration.seconds(900)

    /// Takes the options and the way to Graph.
    package init(_ options: GraphMailOptions, client: GraphClient, clock: WallClock, width: Int) {
        (self.options, self.client, self.clock, self.width) = (options, client, clock, width)
    }

    /// Hands a message to Graph.
    ///
    /// - Returns: What the answer means; a status that leaves open whether the message was taken is a doubt.
    /// - Throws: ``WireFailure``; nothing left then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        guard case .mail(_, _, let bytes) = message.content else {
            return .failed(Refusal(.delivery, "a message that is no mail"))
        }
        let token: Secret
        do throws(GraphError) {
            token = try await client.authorization.token()
        } catch {
            return .retry(Refusal(error), notBefore: nil)
        }
        try await wire()
        let body = Base64.encodedBytes(bytes)
        do throws(GraphError) {
            let response = try await client.post(path("sendMail"), mediaType: "text/plain", body: body)
            guard response.status == 401 else { return attempt(response) }
            // The token ended under way: what was refused with it was certainly not sent.
            await client.authorization.drop(token)
            return attempt(try await client.post(path("sendMail"), mediaType: "text/plain", body: body))
        } catch {
            if error.mayHaveArrived { return .inDoubt(Evidence(error.description)) }
            return .retry(Refusal(error), notBefore: nil)
        }
    }

    /// Looks for the message in the mailbox by its Message-ID; that it is not there says something only after a while.
    package func lookUp(_ key: DedupeKey, recipient: Recipient, age: Duration) async -> DoubtAnswer {
        let id = options.profile.messageID(of: key)
        let path = path("messages").asking([
            (name: "$filter", value: "internetMessageId eq '\(id.replacing("'", with: "''"))'"),
            (name: "$select", value: "id,internetMessageId,sentDateTime"),
        ])
        do throws(GraphError) {
            let found = try await client.get(path)["value"]
            guard case .array(let items) = found else { return .unknown(Evidence("Graph gave no list of messages")) }
            if let item = items.first(where: { $0["internetMessageId"].text == id }) {
                return .delivered(Evidence("in the mailbox, sent \(item["sentDateTime"].text ?? "at an unknown time")"))
            }
            return age >= Self.patience
                ? .notDelivered : .unknown(Evidence("not in the mailbox yet; looked for again in the next run"))
        } catch {
            return .unknown(Evidence(error.description))
        }
    }

    /// Tries the sign-in.
    package func examine() async -> [Examination] { [await client.authorization.examine()] }

    /// Ends the connections.
    package func close() async { await client.close() }

    private func path(_ last: String) -> GraphPath { GraphPath(["users", options.user, last]) }

    private func attempt(_ response: HTTPResponse) -> Attempt {
        let notBefore = response.retryAfter.map { clock.now() + $0 }
        let refusal = client.refusal(of: response, to: path("sendMail"))
        return switch response.status {
        case 200...299:
            .sent(Evidence("taken by Graph (\(response.status), request-id \(response.value("request-id") ?? "none"))"))
        case 429, 503: .retry(Refusal(.channel, refusal.description), notBefore: notBefore)
        case 401, 403: .retry(Refusal(.credentials, refusal.description), notBefore: nil)
        // The mailbox, not the message.
        case 404: .retry(Refusal(.channel, refusal.description), notBefore: nil)
        case 408, 500...599: .inDoubt(Evidence(refusal.description))
        default: .failed(Refusal(.delivery, refusal.description))
        }
    }
}

extension Refusal {
    /// Graph, or the service that gives out its tokens, could not be used: all messages are concerned.
    init(_ error: GraphError) {
        self.init(error.code == .refusedCredentials ? .credentials : .channel, error.description)
    }
}
