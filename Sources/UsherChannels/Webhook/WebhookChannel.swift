internal import FoundationEssentials
package import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// POSTs to an endpoint, signed by the Standard Webhooks specification where the job gives a secret.
///
/// With a secret, the receiver knows each message by its `webhook-id`, which is the same for every attempt: what is in doubt may be sent again.
/// Without one, as for the incoming webhooks of chat products, what is in doubt stays so.
package struct WebhookChannel: Channel {
    /// A template's text in the media type of the job.
    package var format: MessageFormat { .payload(mediaType: options.mediaType) }
    /// Requests at once.
    package let width: Int
    private let options: WebhookOptions
    private let secrets: FreshSecrets
    private let clock: WallClock
    private let client: HTTPClient
    /// Where everything goes instead, in a job that is diverted.
    private let diversion: String?

    /// Octets of an answer that are read; the head of them becomes evidence.
    private static let answerBytes = 64 * 1024
    /// How long a whole request may take: an endpoint should answer before it does its work (Standard Webhooks, "Timeouts").
    package static let patience = Duration.seconds(30)

    /// Takes the options, and how long a request may take; nothing is sent yet.
    ///
    /// - Throws: ``Refusal`` where this machine has no memory or thread left.
    package init(
        _ options: WebhookOptions, width: Int, secrets: SecretStore, clock: WallClock, divertedTo diversion: String?,
        patience: Duration = Self.patience
    ) throws(WebhookProblem) {
        (self.options, self.width, self.clock) = (options, width, clock)
        self.secrets = FreshSecrets(secrets, clock)
        self.diversion = diversion
        var transfer = TransferOptions()
        transfer.width = width
        transfer.responseBytes = Self.answerBytes
        transfer.totalTimeout = patience
        transfer.authorityFile = options.caFile
        let isOwnMachine = diversion.map { NetworkLocation.isThisMachine(url: $0) } ?? options.namesThisMachine
        transfer.allowedAddresses = options.allowsPrivate || isOwnMachine ? .any : .publicOnly
        do throws(TransferError) {
            client = try HTTPClient(transfer)
        } catch {
            throw WebhookProblem(description: error.description)
        }
    }

    /// Sends one request.
    ///
    /// - Returns: What the answer means, by ``WebhookOutcome``.
    /// - Throws: ``WireFailure``; nothing left then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        guard case .payload(let mediaType, let bytes) = message.content else {
            return .failed(Refusal(.delivery, "a message that is no payload"))
        }
        let request: HTTPRequest
        do throws(WebhookProblem) {
            request = try self.request(message.key, mediaType, bytes)
        } catch {
            return .retry(Refusal(.credentials, error.description), notBefore: nil)
        }
        try await wire()
        do throws(TransferError) {
            let response = try await client.send(request)
            return WebhookOutcome(response, isIdempotent: isIdempotent, now: clock.now()).attempt
        } catch {
            return error.requestMayHaveArrived
                ? .inDoubt(Evidence(error.description)) : .retry(Refusal(.channel, error.description), notBefore: nil)
        }
    }

    /// A receiver that knows the id takes the same one again; of any other it cannot be known.
    package func lookUp(_ key: DedupeKey, recipient: Recipient, age: Duration) async -> DoubtAnswer {
        isIdempotent
            ? .notDelivered : .unknown(Evidence("the request may have arrived, and the endpoint knows no message ids"))
    }

    /// Ends the connections.
    package func close() async { await client.close() }

    /// Whether the receiver can tell a message that comes again.
    private var isIdempotent: Bool { !options.secrets.isEmpty }

    private func request(
        _ key: DedupeKey, _ mediaType: String, _ bytes: [UInt8]
    ) throws(WebhookProblem) -> HTTPRequest {
        do throws(TransferError) {
            var request = HTTPRequest(.post, try url(), body: bytes)
            request.fields = [try HeaderField("Content-Type", mediaType)]
            if diversion != nil { request.fields.append(try HeaderField("Usher-Diverted", "true")) }
            for (name, reference) in options.headers.sorted(by: { $0.key < $1.key }) {
                let value = try secret(reference)
                request.fields.append(
                    try value.reveal { (text) throws(TransferError) in try HeaderField(name, text) })
            }
            for (name, value) in try signature(key, bytes) { request.fields.append(try HeaderField(name, value)) }
            // The path of a chat product's URL is its key.
            request.visibility = .origin
            request.isRepeatable = isIdempotent
            return request
        } catch {
            throw WebhookProblem(description: error.description)
        }
    }

    private func signature(
        _ key: DedupeKey, _ bytes: [UInt8]
    ) throws(TransferError) -> [(String, String)] {
        guard isIdempotent else { return [] }
        var signer = WebhookSigner(id: "msg_\(key.hex)", timestamp: clock.now().secondsSince1970, body: bytes)
        for reference in options.secrets {
            try secret(reference).reveal { (text) throws(TransferError) in
                guard signer.sign(with: text) else {
                    throw TransferError(
                        .badRequest, at: "webhook secret", problem: "no whsec_ and base64 of 24 to 64 octets",
                        next: "Use the secret as the receiver gave it out.")
                }
            }
        }
        return signer.fields
    }

    private func url() throws(TransferError) -> HTTPURL {
        if let diversion { return try HTTPURL(diversion) }
        switch options.endpoint {
        case .url(let text): return try HTTPURL(text)
        case .reference(let reference):
            return try secret(reference).reveal { (text) throws(TransferError) in
                let url = try HTTPURL(text)
                guard url.scheme == .https || options.isInsecure || NetworkLocation.isThisMachine(url: text) else {
                    throw TransferError(
                        .badRequest, at: url.origin, problem: "http", next: "Use https, or say insecure: true.")
                }
                return url
            }
        }
    }

    private func secret(_ reference: SecretReference) throws(TransferError) -> Secret {
        do throws(SecretError) {
            return try secrets.secret(reference)
        } catch {
            throw TransferError(
                .badRequest, at: error.location, problem: error.problem,
                next: "Provide it where the job file says it lies.")
        }
    }
}

/// A webhook could not be prepared; it shows no secret.
package struct WebhookProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was found and what to do next.
    package let description: String
}
