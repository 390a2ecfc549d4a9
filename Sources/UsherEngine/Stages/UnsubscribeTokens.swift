internal import UsherCredentials
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// The tokens by which a website knows who unsubscribes: one for each recipient, from a secret that it shares with the job.
struct UnsubscribeTokens: Sendable {
    /// The secrets by channel; a channel whose secret could not be read has an error instead.
    private let secrets: [ChannelName: Result<Secret, RenderError>]

    /// Fetches the secrets of all channels whose URLs have a token.
    init(_ job: ConfiguredJob) async {
        var secrets: [ChannelName: Result<Secret, RenderError>] = [:]
        for channel in job.channels {
            guard case .mail(let profile) = channel.format, profile.hasPersonalUnsubscribe,
                let reference = profile.unsubscribeSecret
            else { continue }
            secrets[channel.name] = await Self.secret(reference, job, channel.name)
        }
        self.secrets = secrets
    }

    /// The format of a channel for one recipient.
    ///
    /// - Throws: ``RenderError`` where the secret is missing: a mail must not go without its way out.
    func format(of channel: ConfiguredChannel, for recipient: Recipient) throws(RenderError) -> MessageFormat {
        guard case .mail(let profile) = channel.format, profile.hasPersonalUnsubscribe,
            let secret = secrets[channel.name], case .person(let address) = recipient
        else { return channel.format }
        return .mail(profile.filled(with: Self.token(of: address, under: try secret.get())))
    }

    /// The token of an address: what docs/channels.md says how to compute.
    static func token(of address: Address, under secret: Secret) -> String {
        AttendeeToken(of: RecipientID(rawValue: address.text.lowercased()), under: secret).text
    }

    private static func secret(
        _ reference: SecretReference, _ job: ConfiguredJob, _ channel: ChannelName
    ) async -> Result<Secret, RenderError> {
        func error(_ problem: String, _ next: String) -> Result<Secret, RenderError> {
            .failure(
                RenderError(
                    code: .missingValue, location: "channel \(channel): unsubscribe-secret", problem: problem,
                    next: next))
        }
        do throws(SecretError) {
            let secret = try await job.secrets.secret(reference)
            guard secret.reveal({ $0.utf8.count }) >= AttendeeToken.minimumSecret else {
                return error(
                    "fewer than \(AttendeeToken.minimumSecret) octets, so the tokens could be guessed",
                    "Use a longer one, such as openssl rand -hex 32 prints")
            }
            return .success(secret)
        } catch {
            return .failure(
                RenderError(
                    code: .missingValue, location: error.location, problem: error.problem,
                    next: "Store the secret where the job file says it is"))
        }
    }
}
