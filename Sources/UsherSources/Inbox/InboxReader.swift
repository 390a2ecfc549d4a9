package import UsherCredentials
package import UsherModel
internal import UsherTransfer

/// Reads messages from a job's mailbox; nothing in the mailbox changes.
package struct InboxReader: Sendable {
    private let options: InboxOptions
    private let signIn: MailSignIn

    /// The mail servers whose word on the origin of a message counts.
    package var trust: MailTrust { options.trust }

    package init(_ options: InboxOptions, signIn: MailSignIn) { (self.options, self.signIn) = (options, signIn) }

    /// A digest that identifies the mailbox and its user in the ledger.
    ///
    /// - Throws: ``SourceError`` where the user name cannot be read.
    package func identity() async throws(SourceError) -> String {
        do throws(CredentialError) {
            return Digest.hex(of: ["inbox", options.server, options.folder, try await signIn.username()])
        } catch {
            throw SourceError(error)
        }
    }

    /// Connects, signs in and opens the folder; no message is read.
    package func examine() async -> Examination {
        let step = "open the inbox \(options.server)/\(options.folder)"
        do throws(SourceError) {
            try await read(first: { _ in .max }, receive: { _, _ in false }, isStopping: { false })
            return Examination(step, result: "readable")
        } catch {
            return Examination(step, result: "", error: ExaminationError(error))
        }
    }

    /// Reads the messages from a UID on, in order, on a thread of its own.
    ///
    /// - Parameters:
    ///   - first: Returns the first UID to read, given the mailbox's UIDVALIDITY.
    ///   - receive: Receives each message with its UID; returning `false` ends the reading.
    ///   - isStopping: Whether a person asked to stop.
    /// - Throws: ``SourceError``.
    package func read(
        first: @escaping @Sendable (UInt32) -> UInt32, receive: @escaping @Sendable (UInt32, IncomingMessage) -> Bool,
        isStopping: @escaping @Sendable () -> Bool
    ) async throws(SourceError) {
        let credentials = try await credentials()
        let client = IMAPClient(options.transfer)
        let reading = IMAPClient.Reading(
            first: { first($0.validity) }, receive: { receive($0.uid, IncomingMessage($0.bytes)) },
            isStopping: isStopping)
        do throws(TransferError) {
            try await client.read(as: credentials, reading)
        } catch {
            let hint = error.code == .refusedSignIn ? signIn.hint : ""
            throw SourceError(
                Self.code(error.code), location: error.location, problem: error.problem + hint, next: error.next)
        }
    }

    private func credentials() async throws(SourceError) -> MailCredentials {
        do throws(CredentialError) {
            return try await signIn.credentials()
        } catch {
            throw SourceError(error)
        }
    }

    private static func code(_ code: TransferError.Code) -> SourceError.Code {
        switch code {
        case .refusedSignIn: .refusedCredentials
        case .tooLarge, .protocolViolation, .badRequest: .malformed
        case .unresolved, .unreachable, .forbiddenAddress, .tls, .timedOut, .brokenOff, .closed, .exhausted:
            .unreachable
        case .canceled: .canceled
        }
    }
}

extension InboxOptions {
    /// The options as the IMAP client takes them.
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

extension SourceError {
    fileprivate init(_ error: CredentialError) {
        let code: Code =
            switch error.code {
            case .unreachable: .unreachable
            case .refusedCredentials: .refusedCredentials
            case .malformed, .refused: .malformed
            case .canceled: .canceled
            }
        self.init(code, location: error.location, problem: error.detail, next: error.next)
    }
}
