package import UsherGraph
package import UsherModel
internal import UsherTransfer

/// Mail through an SMTP server, each message to one recipient.
///
/// The wire mark is awaited when the server has taken everything but the message's last line end and the final dot. So a failure before it is
/// certainly no delivery, and what ends after it without a reply is in doubt: RFC 1047's window, and no wider.
package struct SMTPChannel: Channel {
    /// Messages are whole mails of this sender.
    package var format: MessageFormat { .mail(options.profile) }
    /// One message for each connection.
    package let width: Int
    private let options: SMTPOptions
    private let signIn: MailSignIn?
    private let client: MailClient

    /// Takes the options, and how to sign in where they say so; connections are made with the first messages.
    package init(_ options: SMTPOptions, width: Int, signIn: MailSignIn?) {
        (self.options, self.width, self.signIn) = (options, width, signIn)
        client = MailClient(options.transfer(connections: width))
    }

    /// Hands a message to the server.
    ///
    /// - Returns: What the server's replies mean, by ``SMTPOutcome``.
    /// - Throws: ``WireFailure``; the final dot did not leave then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        guard case .mail(let sender, let recipient, let bytes) = message.content else {
            return .failed(Refusal(.delivery, "a message that is no mail"))
        }
        let mail: MailTransfer
        let credentials: MailCredentials?
        do throws(TransferError) {
            mail = try MailTransfer(sender: sender.text, recipient: recipient.text, bytes: bytes)
        } catch {
            return .failed(Refusal(.delivery, error.description))
        }
        do throws(GraphError) {
            credentials = try await signIn?.credentials()
        } catch {
            return .retry(Refusal(error), notBefore: nil)
        }
        let outcome = try await client.send(mail, as: credentials, wire: wire)
        return SMTPOutcome(outcome, needsUTF8: recipient.needsUTF8, hint: signIn?.hint ?? "").attempt
    }

    /// SMTP has no way to ask what became of a message.
    package func lookUp(_ key: DedupeKey, recipient: Recipient, age: Duration) async -> DoubtAnswer {
        .unknown(Evidence("the final dot may have left, and no reply was read; SMTP cannot be asked again"))
    }

    /// Connects to each server as for a message, signs in, and takes leave; nothing is sent.
    package func examine() async -> [Examination] {
        let token = await signIn?.examine()
        let steps = token.map { [$0] } ?? []
        guard token?.error == nil else { return steps }
        do throws(GraphError) {
            let hint = signIn?.hint ?? ""
            return steps
                + (await client.examine(as: try await signIn?.credentials())).map { report in
                    let step = "connect to \(report.server)"
                    guard let refusal = report.refusal else { return Examination(step, result: found(report)) }
                    return Examination(
                        step, result: "", error: SMTPOutcome(refusal, needsUTF8: false, hint: hint).error)
                }
        } catch {
            return steps + [Examination("sign in at the mail server", result: "", error: SourceError(error))]
        }
    }

    private func found(_ report: MailServerReport) -> String {
        let words = [
            options.tls == .none ? "without TLS" : "with TLS", signIn == nil ? "without signing in" : "signed in",
            report.extensions.isEmpty ? "offers no extension" : "offers \(report.extensions.joined(separator: " "))",
        ]
        return Line(cleaning: words.joined(separator: ", ")).text
    }

    /// Ends the connections with QUIT.
    package func close() async { await client.close() }
}

extension SMTPOptions {
    /// The same in the words of the mail client.
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

    /// `tls: implicit` speaks TLS from the first byte, whatever the scheme says.
    private static func url(_ server: String, _ tls: TLS) -> String {
        var text = server
        while text.hasSuffix("/") { text.removeLast() }
        guard tls == .implicit, text.hasPrefix("smtp://") else { return text }
        return "smtps://" + text.dropFirst("smtp://".count)
    }
}
