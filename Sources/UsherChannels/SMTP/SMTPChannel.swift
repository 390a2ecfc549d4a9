package import UsherCredentials
package import UsherModel
internal import UsherTransfer

/// Sends mail through an SMTP server, each message to one recipient.
///
/// The wire mark is awaited when everything but the last line end and the final dot has been sent. A failure before it is certainly no
/// delivery; a connection that ends after it without a reply leaves a doubt: the window of RFC 1047, and no wider.
package struct SMTPChannel: Channel {
    package var format: MessageFormat { .mail(options.profile) }
    package var reach: ChannelReach { .people }
    /// None: a server cannot be asked about a message, and accepts the same message twice.
    package var promises: ChannelPromises { [] }
    /// One message per connection.
    package let width: Int
    private let options: SMTPOptions
    private let signIn: MailSignIn?
    private let client: MailClient

    /// Creates a channel; connections are opened with the first messages.
    package init(_ options: SMTPOptions, width: Int, signIn: MailSignIn?) {
        (self.options, self.width, self.signIn) = (options, width, signIn)
        client = MailClient(options.transfer(connections: width))
    }

    /// Sends a message.
    ///
    /// - Returns: The meaning of the server's replies, by ``SMTPOutcome``.
    /// - Throws: ``WireFailure``; the final dot was not sent then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        guard case .mail(let sender, let recipient, let bytes) = message.content else {
            return .failed(Refusal(.delivery, "the message is not in the format of the channel"))
        }
        let mail: MailTransfer
        let credentials: MailCredentials?
        do throws(TransferError) {
            mail = try MailTransfer(sender: sender.text, recipient: recipient.text, bytes: bytes)
        } catch {
            return .failed(Refusal(.delivery, error.description))
        }
        do throws(CredentialError) {
            credentials = try await signIn?.credentials()
        } catch {
            return .retry(Refusal(error), after: nil)
        }
        let outcome = try await client.send(mail, as: credentials, wire: wire)
        return SMTPOutcome(outcome, needsUTF8: recipient.needsUTF8, hint: signIn?.hint ?? "").attempt
    }

    /// Unknown: SMTP has no command to ask about a message.
    package func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer {
        .unknown(Evidence("the final dot may have been sent, and no reply was read; SMTP cannot be asked about it"))
    }

    /// Connects to each server as for a message, signs in, and quits; nothing is sent.
    package func examine() async -> [Examination] {
        let token = await signIn?.examine()
        let steps = token.map { [$0] } ?? []
        guard token?.error == nil else { return steps }
        do throws(CredentialError) {
            let hint = signIn?.hint ?? ""
            return steps
                + (await client.examine(as: try await signIn?.credentials())).map { report in
                    let step = "connect to \(report.server)"
                    guard let refusal = report.refusal else { return Examination(step, result: summary(of: report)) }
                    return Examination(
                        step, result: "", error: SMTPOutcome(refusal, needsUTF8: false, hint: hint).error)
                }
        } catch {
            return steps + [Examination("sign in at the mail server", result: "", error: ExaminationError(error))]
        }
    }

    private func summary(of report: MailServerReport) -> String {
        let words = [
            options.tls == .none ? "without TLS" : "with TLS", signIn == nil ? "without signing in" : "signed in",
            report.extensions.isEmpty ? "offers no extension" : "offers \(report.extensions.joined(separator: " "))",
        ]
        return Line(cleaning: words.joined(separator: ", ")).text
    }

    /// Closes the connections with QUIT.
    package func close() async { await client.close() }
}

extension SMTPOptions {
    /// The options as the mail client takes them.
    func transfer(connections: Int) -> MailTransferOptions {
        let protection: MailTransferOptions.Protection =
            switch tls {
            case .required: .startTLS
            case .implicit: .implicit
            case .none: .none
            }
        let domain = profile.from.address.text.split(separator: "@").last.map(String.init) ?? "localhost"
        var transfer = MailTransferOptions(
            servers: servers.map { Self.url($0, tls) }, protection: protection, clientName: clientName ?? domain,
            authorityFile: caFile)
        transfer.connections = connections
        transfer.messagesPerConnection = messagesPerConnection
        return transfer
    }

    /// With `tls: implicit` the connection begins with TLS, whatever the scheme.
    private static func url(_ server: String, _ tls: TLS) -> String {
        var text = server
        while text.hasSuffix("/") { text.removeLast() }
        guard tls == .implicit, text.hasPrefix("smtp://") else { return text }
        return "smtps://" + text.dropFirst("smtp://".count)
    }
}
