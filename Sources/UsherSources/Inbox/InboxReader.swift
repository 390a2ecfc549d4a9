package import UsherGraph
package import UsherModel
internal import UsherTransfer

/// The mailbox of a job: letters from one place in it on; nothing in it is changed.
package struct InboxReader: Sendable {
    private let options: InboxOptions
    private let signIn: MailSignIn

    /// Takes the options, and how to sign in; nothing is connected yet.
    package init(_ options: InboxOptions, signIn: MailSignIn) { (self.options, self.signIn) = (options, signIn) }

    /// What stands for the mailbox and its user in the ledger: a digest.
    ///
    /// - Throws: ``SourceError`` where the user's name cannot be had.
    package func identity() throws(SourceError) -> String {
        do throws(GraphError) {
            return Digest.hex(of: ["inbox", options.server, options.folder, try signIn.username()])
        } catch {
            throw SourceError(error)
        }
    }

    /// Tries the mailbox: connection, sign-in, folder; no letter is read.
    package func examine() async -> Examination {
        let step = "open the inbox \(options.server)/\(options.folder)"
        do throws(SourceError) {
            try await read(first: { _ in .max }, take: { _, _ in false }, isStopping: { false })
            return Examination(step, result: "it can be read")
        } catch {
            return Examination(step, result: "", error: error)
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
        first: @escaping @Sendable (UInt32) -> UInt32, take: @escaping @Sendable (UInt32, IncomingMessage) -> Bool,
        isStopping: @escaping @Sendable () -> Bool
    ) async throws(SourceError) {
        let credentials = try await credentials()
        let client = IMAPClient(options.transfer)
        let reading = IMAPClient.Reading(
            first: { first($0.validity) }, receive: { take($0.uid, IncomingMessage($0.bytes)) }, isStopping: isStopping)
        do throws(TransferError) {
            try await client.read(as: credentials, reading)
        } catch {
            let hint = error.code == .refusedSignIn ? signIn.hint : ""
            throw SourceError(
                Self.code(error.code), location: error.location, problem: error.problem + hint, next: error.next)
        }
    }

    private func credentials() async throws(SourceError) -> MailCredentials {
        do throws(GraphError) {
            return try await signIn.credentials()
        } catch {
            throw SourceError(error)
        }
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
