package import UsherJob
package import UsherModel
internal import UsherTransfer

/// The mailbox of a job: letters from one place in it on; nothing in it is changed.
package struct InboxReader: Sendable {
    private let options: InboxOptions
    private let secrets: SecretStore

    /// Takes the options; nothing is connected yet.
    package init(_ options: InboxOptions, secrets: SecretStore) {
        (self.options, self.secrets) = (options, secrets)
    }

    /// What stands for the mailbox and its user in the ledger: a digest.
    ///
    /// - Throws: ``SourceError`` where the user's name cannot be had.
    package func identity() throws(SourceError) -> String {
        Digest.hex(of: ["inbox", options.server, options.folder, try credentials().username])
    }

    /// Tries the mailbox: connection, sign-in, folder; no letter is read.
    package func examine() async -> Examination {
        let step = "open the inbox \(options.server)/\(options.folder)"
        do throws(SourceError) {
            try await read(first: { _ in .max }, take: { _, _ in false }, isStopping: { false })
            return Examination(step, found: "it can be read")
        } catch {
            return Examination(step, found: "", error: error)
        }
    }

    /// Reads the letters from a UID on, in their order, on a thread of its own.
    ///
    /// - Parameters:
    ///   - first: Gives the first UID to read for the mailbox's UIDVALIDITY.
    ///   - take: Takes a letter and its UID; `false` ends the reading.
    ///   - isStopping: Whether a person asked to stop.
    /// - Throws: ``SourceError``.
    package func read(
        first: @escaping @Sendable (UInt32) -> UInt32, take: @escaping @Sendable (UInt32, Letter) -> Bool,
        isStopping: @escaping @Sendable () -> Bool
    ) async throws(SourceError) {
        let (username, secret, isToken) = try credentials()
        let client = IMAPClient(options.transfer)
        let reading = IMAPClient.Reading(
            first: { first($0.validity) }, take: { take($0.uid, Letter($0.bytes)) }, isStopping: isStopping)
        do throws(TransferError) {
            try await client.read(
                as: isToken
                    ? MailCredentials(username: username, token: secret)
                    : MailCredentials(username: username, password: secret), reading)
        } catch {
            throw SourceError(Self.code(error.code), place: error.place, found: error.found, next: error.next)
        }
    }

    private func credentials() throws(SourceError) -> (username: String, secret: String, isToken: Bool) {
        do throws(SecretError) {
            switch options.authentication {
            case .password(let username, let password):
                return (try text(username), try text(password), false)
            case .token(let username, let token): return (try text(username), try text(token), true)
            }
        } catch {
            throw SourceError(
                .refusedCredentials, place: error.place, found: error.found, next: "Set it, or correct the job's inbox")
        }
    }

    private func text(_ reference: SecretReference) throws(SecretError) -> String {
        try secrets.secret(reference).reveal { $0 }
    }

    private static func code(_ code: TransferError.Code) -> SourceError.Code {
        switch code {
        case .refusedSignIn: .refusedCredentials
        case .tooLarge, .protocolViolation, .badRequest: .malformed
        case .unresolved, .unreachable, .forbiddenAddress, .tls, .timedOut, .brokenOff, .canceled, .closed, .exhausted:
            .unreachable
        }
    }
}

extension InboxOptions {
    /// The same in the words of the client.
    fileprivate var transfer: IMAPOptions {
        let protection: MailTransferOptions.Protection =
            switch tls {
            case .required: .startTLS
            case .implicit: .implicit
            case .none: .none
            }
        // `tls: implicit` speaks TLS from the first byte, whatever the scheme says.
        let isPlain = tls == .implicit && server.hasPrefix("imap://")
        return IMAPOptions(
            server: isPlain ? "imaps://" + server.dropFirst("imap://".count) : server, folder: folder,
            protection: protection, authorityFile: caFile)
    }
}
