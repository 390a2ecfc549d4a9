internal import UsherCredentials
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// The tokens by which whoever unsubscribes is known: one for each recipient, from a secret that a website shares with the job, or from
/// the ledger's.
struct UnsubscribeTokens: Sendable {
    /// The secrets by channel; a channel whose secret could not be read has an error instead.
    private let secrets: [ChannelName: Result<Secret, RenderError>]
    /// The ledger's; nil for messages that no ledger knows.
    private let ledger: Result<LedgerSecrets, RenderError>?
    private let job: String

    /// Fetches the secrets of all channels whose URLs have a token.
    init(_ job: ConfiguredJob, _ ledger: (any Ledger)?) async {
        var secrets: [ChannelName: Result<Secret, RenderError>] = [:]
        var usesLedger = false
        for channel in job.channels {
            guard case .mail(let profile) = channel.format else { continue }
            usesLedger = usesLedger || profile.uses(.ledger)
            guard profile.uses(.website), let reference = profile.unsubscribeSecret else { continue }
            secrets[channel.name] = await Self.secret(reference, job, channel.name)
        }
        self.secrets = secrets
        self.job = job.ledgerName
        self.ledger = if usesLedger, let ledger { await Self.secrets(of: ledger) } else { nil }
    }

    /// The URLs by which one recipient unsubscribes; nil where they are the same for all.
    ///
    /// - Throws: ``RenderError`` where the secret is missing: a mail must not go without its way out.
    func links(of channel: ConfiguredChannel, for recipient: Recipient) throws(RenderError) -> [HeaderValue]? {
        guard case .mail(let profile) = channel.format, case .person(let address) = recipient else { return nil }
        var tokens: [MailProfile.TokenPlaceholder: String] = [:]
        if let secret = secrets[channel.name] { tokens[.website] = Self.token(of: address, under: try secret.get()) }
        if profile.uses(.ledger) {
            tokens[.ledger] = try ledger?.get().token(of: recipient.id, job: job).text ?? Self.sample
        }
        return tokens.isEmpty ? nil : profile.unsubscribe(filledWith: tokens)
    }

    /// In the place of a token in a test message, which unsubscribes nobody.
    private static let sample = "test"

    private static func secrets(of ledger: any Ledger) async -> Result<LedgerSecrets, RenderError> {
        do throws(LedgerError) {
            return .success(try await ledger.secrets())
        } catch {
            return .failure(
                RenderError(code: .missingValue, location: error.location, problem: error.problem, next: error.next))
        }
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
