internal import UsherCredentials
package import UsherGraph
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// Sends mail through Microsoft Graph: each message as MIME, with `sendMail` of one user, and with ``MailMarks/field`` in front.
///
/// Source: Microsoft Graph, "user: sendMail" (MIME content in base64 as text/plain; 202 without a body) and "list messages".
package struct GraphMailChannel: Channel {
    package var format: MessageFormat { .mail(options.profile) }
    package var reach: ChannelReach { .people }
    /// The mailbox keeps what was sent.
    package var promises: ChannelPromises { [.findsDeliveries, .keepsCopies] }
    /// A mailbox accepts four requests at once (Exchange Online, "throttling limits for Outlook service").
    package let width: Int
    let options: GraphMailOptions
    let client: GraphClient
    let clock: WallClock

    package init(_ options: GraphMailOptions, client: GraphClient, clock: WallClock, width: Int) {
        (self.options, self.client, self.clock, self.width) = (options, client, clock, width)
    }

    /// Sends a message.
    ///
    /// - Returns: The meaning of the answer; a status that leaves open whether Graph accepted the message is a doubt.
    /// - Throws: ``WireFailure``; nothing was sent then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        guard case .mail(_, _, let bytes) = message.content else {
            return .failed(Refusal(.delivery, "the message is not in the format of the channel"))
        }
        let token: Secret
        do throws(GraphError) {
            token = try await client.token()
        } catch {
            return .retry(Refusal(error), after: nil)
        }
        try await wire()
        let body = Base64.encodedBytes(MailMarks(message.id, options.profile).marking(bytes))
        do throws(GraphError) {
            let response = try await client.post(path("sendMail"), mediaType: "text/plain", body: body)
            guard response.status == 401 else { return attempt(response) }
            // The token expired meanwhile: the message that was refused with it was certainly not sent.
            await client.tokens.drop(token)
            return attempt(try await client.post(path("sendMail"), mediaType: "text/plain", body: body))
        } catch {
            if error.mayHaveArrived { return .inDoubt(Evidence(error.description)) }
            return .retry(Refusal(error), after: nil)
        }
    }

    /// Searches the mailbox for the message; only after a while, and if all that could be it was read, does a missing one mean that it was not
    /// sent.
    package func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer {
        guard case .person(let address) = recipient else { return .unknown(Evidence("a mail without a recipient")) }
        let wanted = SentItems.Wanted(
            marks: MailMarks(id, options.profile), address: address, subject: subject, at: clock.now() - age)
        do throws(GraphError) {
            switch try await SentItems(client: client, user: options.user).search(for: wanted) {
            case .found(let item, let mark):
                let time = item["sentDateTime"].text ?? "at an unknown time"
                return .delivered(Evidence("in the mailbox, sent \(time), recognized by \(mark)"))
            case .absent where age >= SentItems.filingTime: return .notDelivered
            case .absent: return .unknown(Evidence("not in the mailbox yet; the next run looks again"))
            case .unclear(let reason): return .unknown(Evidence(reason))
            }
        } catch {
            return .unknown(Evidence(error.description))
        }
    }

    /// Signs in, looks at the permissions of the token and into the mailbox; that it may send is not tried, since that would send.
    package func examine() async -> [Examination] {
        let signIn = await client.tokens.examine()
        guard signIn.error == nil else { return [signIn] }
        do throws(GraphError) {
            let claims = TokenClaims(try await client.token())
            return [signIn, examineSending(claims), await examineMailbox(claims)]
        } catch {
            return [signIn, Examination("permissions", result: "", error: ExaminationError(error))]
        }
    }

    private func examineSending(_ claims: TokenClaims) -> Examination {
        let step = "permission to send as \(options.user)"
        guard claims.isReadable else {
            return Examination(
                step, result: "not tried",
                warning: "not tried: the token cannot be read. It needs Mail.Send; --send-to ADDRESS sends one message")
        }
        guard claims.holds("Mail.Send") else {
            let error = ExaminationError(
                .refusedCredentials, location: client.connection.graphURL,
                problem: "the token lacks the permission Mail.Send",
                next:
                    "Add it under App registrations › API permissions and grant admin consent. Exchange Online may grant it by "
                    + "a role for applications, too, which tokens do not show: --send-to ADDRESS shows whether mail leaves"
            )
            return Examination(step, result: "", error: error)
        }
        return Examination(step, result: "the token has Mail.Send")
    }

    /// What a delivery in doubt will need.
    private func examineMailbox(_ claims: TokenClaims) async -> Examination {
        let step = "look into the mailbox of \(options.user)"
        do throws(GraphError) {
            _ = try await client.get(
                path("messages").asking([(name: "$top", value: "1"), (name: "$select", value: "id")]))
            return Examination(step, result: "can be read")
        } catch {
            let policy = (
                problem: "the token has the permission, but access to this mailbox is restricted",
                next:
                    "Ask an Exchange administrator for the application's access policy or role assignment: docs/graph.md"
            )
            return Examination(
                step, result: "", error: claims.explain(error, needing: "Mail.ReadBasic.All", or: policy))
        }
    }

    /// Closes the connections.
    package func close() async { await client.close() }

    private func path(_ last: String) -> GraphPath { GraphPath(["users", options.user, last]) }

    private func attempt(_ response: HTTPResponse) -> Attempt {
        let refusal = client.refusal(of: response, to: path("sendMail"))
        return switch response.status {
        case 200...299:
            .sent(
                Evidence("accepted by Graph (\(response.status), request-id \(response.value("request-id") ?? "none"))")
            )
        case 429, 503:
            .retry(
                Refusal(.channel, refusal.description), after: response.retryAfter(now: clock.now().secondsSince1970))
        case 401, 403: .retry(Refusal(.credentials, refusal.description), after: nil)
        // About the mailbox, not the message.
        case 404: .retry(Refusal(.channel, refusal.description), after: nil)
        case 408, 500...599: .inDoubt(Evidence(refusal.description))
        default:
            .failed(
                Refusal(
                    refusal.description.contains("ErrorInvalidRecipients") ? .recipient : .delivery,
                    refusal.description))
        }
    }
}

extension Refusal {
    /// Graph could not be used; this affects all messages.
    init(_ error: GraphError) {
        self.init(error.code == .refusedCredentials ? .credentials : .channel, error.description)
    }

    /// There are no credentials; this affects all messages.
    init(_ error: CredentialError) {
        self.init(error.code == .refusedCredentials ? .credentials : .channel, error.description)
    }
}
