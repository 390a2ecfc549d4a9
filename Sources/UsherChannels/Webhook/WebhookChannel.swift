internal import FoundationEssentials
package import UsherCredentials
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// Sends POST requests to an endpoint, signed by the Standard Webhooks specification where the job has a secret.
///
/// With a secret, the receiver identifies each message by its `webhook-id`, the same for every attempt: a message in doubt may be sent again.
/// Without one, as for the incoming webhooks of chat products, a doubt remains.
package struct WebhookChannel: Channel {
    package var format: MessageFormat { .payload(mediaType: options.mediaType) }
    package var reach: ChannelReach { .endpoint(divertedTo: diversion) }
    /// A receiver that verifies signatures also recognizes ids (Standard Webhooks, "Idempotency").
    package var promises: ChannelPromises { isIdempotent ? .deliversOncePerKey : [] }
    package let width: Int
    private let options: WebhookOptions
    private let secrets: FreshSecrets
    private let clock: WallClock
    private let client: HTTPClient
    /// The URL that gets all messages instead, in a diverted job.
    private let diversion: String?

    /// How much of an answer is read; its beginning is kept as evidence, and the connection ends where there is more.
    private static let answerBytes = 64 * 1024
    /// The limit of a request's duration: an endpoint should answer before it does its work (Standard Webhooks, "Timeouts").
    package static let patience = Duration.seconds(30)

    /// Creates a channel; nothing is sent yet.
    ///
    /// - Throws: ``WebhookError`` where this machine has no memory or thread left.
    package init(
        _ options: WebhookOptions, width: Int, secrets: SecretStore, clock: WallClock, divertedTo diversion: String?,
        patience: Duration = Self.patience
    ) throws(WebhookError) {
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
            throw WebhookError(description: error.description)
        }
    }

    /// Sends one request.
    ///
    /// - Returns: The meaning of the answer, by ``WebhookOutcome``.
    /// - Throws: ``WireFailure``; nothing was sent then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        guard case .payload(let mediaType, let bytes) = message.content else {
            return .failed(Refusal(.delivery, "the message is not in the format of the channel"))
        }
        let request: HTTPRequest
        do throws(WebhookError) {
            request = try await self.request(message, mediaType, bytes)
        } catch {
            return .retry(Refusal(error.isCanceled ? .channel : .credentials, error.description), after: nil)
        }
        try await wire()
        do throws(TransferError) {
            let response = try await client.send(request)
            return WebhookOutcome(
                response, from: request.url.origin, isIdempotent: isIdempotent, now: clock.now()
            ).attempt
        } catch {
            return error.requestMayHaveArrived
                ? .inDoubt(Evidence(error.description)) : .retry(Refusal(.channel, error.description), after: nil)
        }
    }

    /// A receiver that recognizes ids may get the message again; for any other the answer is unknown.
    package func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer {
        isIdempotent
            ? .notDelivered
            : .unknown(Evidence("the request may have arrived, and the endpoint does not recognize message ids"))
    }

    /// Connects to the endpoint, and sends nothing over the connection.
    package func examine() async -> [Examination] {
        var step = "connect to the endpoint"
        do throws(TransferError) {
            let (url, allowed) = try await target()
            step = "connect to \(url.origin)"
            var request = HTTPRequest(.post, url)
            request.allowedAddresses = allowed
            request.visibility = .origin
            request.connectsOnly = true
            let response = try await client.send(request)
            let protection = url.scheme == .https ? "with TLS" : "without TLS"
            return [Examination(step, result: "\(response.remoteAddress) answers \(protection); nothing was posted")]
        } catch {
            let code: ExaminationError.Code =
                switch error.code {
                case .canceled: .canceled
                case .badRequest: .refusedCredentials
                default: .unreachable
                }
            return [
                Examination(
                    step, result: "",
                    error: ExaminationError(code, location: error.location, problem: error.problem, next: error.next))
            ]
        }
    }

    /// Checks that each secret can sign, and that a URL that is a secret is one.
    package func examineSecrets(runsPrograms: Bool) async -> [Examination] {
        var steps: [Examination] = []
        for reference in options.secrets {
            steps += await examine("secret", reference, runsPrograms) { text in
                var signer = WebhookSigner(id: "", timestamp: 0, body: [])
                return signer.sign(with: text)
                    ? nil : "not whsec_ and base64 of 24 to 64 bytes. Use the secret as the receiver shows it"
            }
        }
        if case .reference(let reference) = options.endpoint {
            let options = options
            steps += await examine("URL", reference, runsPrograms) { text in
                options.allows(text) ? nil : "not an https URL. Use the address as the receiver shows it"
            }
        }
        return steps
    }

    private func examine(
        _ step: String, _ reference: SecretReference, _ runsPrograms: Bool, _ problem: @Sendable (String) -> String?
    ) async -> [Examination] {
        if case .command = reference, !runsPrograms { return [] }
        do throws(SecretError) {
            guard let found = try await secrets.secret(reference).reveal(problem) else {
                return [Examination("\(step) \(reference.name)", result: "has the right form")]
            }
            let parts = found.split(separator: ". ", maxSplits: 1).map(String.init)
            return [
                Examination(
                    step, result: "",
                    error: ExaminationError(
                        .refusedCredentials, location: reference.name, problem: parts[0], next: parts.last ?? ""))
            ]
        } catch {
            // A secret that is missing is reported before.
            return []
        }
    }

    /// Closes the connections.
    package func close() async { await client.close() }

    /// Whether the receiver recognizes a message that it gets again.
    private var isIdempotent: Bool { !options.secrets.isEmpty }

    private func request(
        _ message: Message, _ mediaType: String, _ bytes: [UInt8]
    ) async throws(WebhookError) -> HTTPRequest {
        do throws(TransferError) {
            let (url, allowed) = try await target()
            var request = HTTPRequest(.post, url, body: bytes)
            request.fields = [try HeaderField("Content-Type", mediaType)]
            if diversion != nil { request.fields.append(try HeaderField("Usher-Diverted", "true")) }
            if message.isTest { request.fields.append(try HeaderField("Usher-Test", "true")) }
            for (name, reference) in options.headers.sorted(by: { $0.key < $1.key }) {
                let value = try await secret(reference)
                request.fields.append(
                    try value.reveal { (text) throws(TransferError) in try HeaderField(name, text) })
            }
            for (name, value) in try await signature(message.id, bytes) {
                request.fields.append(try HeaderField(name, value))
            }
            // The path of a chat product's URL is a secret.
            request.visibility = .origin
            request.isRepeatable = isIdempotent
            request.answer = .head
            request.allowedAddresses = allowed
            return request
        } catch {
            throw WebhookError(description: error.description, isCanceled: error.code == .canceled)
        }
    }

    private func signature(
        _ id: DeliveryID, _ bytes: [UInt8]
    ) async throws(TransferError) -> [(String, String)] {
        guard isIdempotent else { return [] }
        var signer = WebhookSigner(id: "msg_\(id.hex)", timestamp: clock.now().secondsSince1970, body: bytes)
        for reference in options.secrets {
            try await secret(reference).reveal { (text) throws(TransferError) in
                guard signer.sign(with: text) else {
                    throw TransferError(
                        .badRequest, at: "webhook secret", problem: "not whsec_ and base64 of 24 to 64 bytes",
                        next: "Use the secret as the receiver shows it.")
                }
            }
        }
        return signer.fields
    }

    /// The URL, and where a connection to it may lead if the job file alone does not say: a reference follows the same rule as a URL there.
    private func target() async throws(TransferError) -> (HTTPURL, TransferOptions.AllowedAddresses?) {
        if let diversion { return (try HTTPURL(diversion), nil) }
        switch options.endpoint {
        case .url(let text): return (try HTTPURL(text), nil)
        case .reference(let reference):
            return try await secret(reference).reveal { (text) throws(TransferError) in
                let url = try HTTPURL(text)
                guard options.allows(text) else {
                    throw TransferError(
                        .badRequest, at: url.origin, problem: "http", next: "Use https, or set insecure: true.")
                }
                return (url, NetworkLocation.isThisMachine(url: text) ? .any : nil)
            }
        }
    }

    private func secret(_ reference: SecretReference) async throws(TransferError) -> Secret {
        do throws(SecretError) {
            return try await secrets.secret(reference)
        } catch {
            throw TransferError(
                error.isCanceled ? .canceled : .badRequest, at: error.location, problem: error.problem,
                next: error.isCanceled ? "Run again" : "Provide it where the job file says it is.")
        }
    }
}

/// A request could not be prepared; the error shows no secret.
package struct WebhookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The problem and what to do next.
    package let description: String
    /// Whether it was not prepared because the run was asked to stop.
    let isCanceled: Bool

    init(description: String, isCanceled: Bool = false) {
        (self.description, self.isCanceled) = (description, isCanceled)
    }
}
