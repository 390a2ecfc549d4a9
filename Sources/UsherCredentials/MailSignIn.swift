package import UsherJob
package import UsherModel
package import UsherTransfer

/// What a mail server asks a client for; read or requested when it is needed.
package struct MailSignIn: Sendable {
    private enum Method: Sendable {
        case password(SecretReference)
        case token(SecretReference)
        case entra(EntraTokens)
    }

    private let user: SecretReference
    private let method: Method
    private let secrets: FreshSecrets

    /// Creates a sign-in.
    ///
    /// - Parameters:
    ///   - authentication: What the job file says.
    ///   - source: The application of the job's source, which serves where `authentication` names none.
    ///   - runtime: The clock, and what else requests need.
    ///   - secrets: Where secrets are read.
    /// - Throws: ``CredentialError`` where no application is named, or this machine has no memory or thread left.
    package init(
        _ authentication: MailAuthentication, source: EntraApplication?, _ runtime: RuntimeEnvironment,
        secrets: SecretStore
    ) throws(CredentialError) {
        (user, self.secrets) = (authentication.username, FreshSecrets(secrets, runtime.clock))
        switch authentication {
        case .password(_, let password): method = .password(password)
        case .token(_, let token): method = .token(token)
        case .entra(_, let own):
            guard let application = own ?? source, !application.hasReadyToken else {
                throw CredentialError(
                    .refusedCredentials, location: "token: graph",
                    problem:
                        "neither this mapping nor the job's source names an application that can get a token for Exchange",
                    next: "Give tenant and auth beside it")
            }
            do throws(TransferError) {
                method = .entra(EntraTokens(application, for: .exchange, runtime, secrets, try HTTPClient()))
            } catch {
                throw CredentialError(error)
            }
        }
    }

    /// The user name.
    ///
    /// - Throws: ``CredentialError`` `refusedCredentials` where it cannot be read.
    package func username() async throws(CredentialError) -> String { try await text(user, isName: true) }

    /// The user name with the password or the token.
    ///
    /// - Throws: ``CredentialError``; `refusedCredentials` where a secret cannot be read or Entra refuses a token.
    package func credentials() async throws(CredentialError) -> MailCredentials {
        let username = try await username()
        return switch method {
        case .password(let password): MailCredentials(username: username, password: try await text(password))
        case .token(let token): MailCredentials(username: username, token: try await text(token))
        case .entra(let tokens):
            MailCredentials(username: username, token: try await tokens.token().reveal { $0 })
        }
    }

    /// Advice to append where a server refused the credentials; empty where its own words say enough.
    package var hint: String {
        guard case .entra = method else { return "" }
        return """
            . The token is of Microsoft Entra ID: grant the application SMTP.SendAsApp or IMAP.AccessAsApp, and register it in \
            Exchange (New-ServicePrincipal, Add-MailboxPermission)
            """
    }

    /// Requests a token; nil where the sign-in needs none.
    package func examine() async -> Examination? {
        guard case .entra(let tokens) = method else { return nil }
        return await tokens.examine()
    }

    private func text(_ reference: SecretReference, isName: Bool = false) async throws(CredentialError) -> String {
        do throws(SecretError) {
            return try await secrets.secret(reference, isName: isName).reveal { $0 }
        } catch {
            throw CredentialError(error)
        }
    }
}
