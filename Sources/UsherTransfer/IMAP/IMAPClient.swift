internal import CCurl
internal import Glibc

/// Reads a mailbox from one UID on, and changes nothing in it: it is opened with EXAMINE, and bodies are only peeked at (RFC 3501 §6.3.2).
package struct IMAPClient: Sendable {
    private let options: IMAPOptions

    /// What the caller says of each thing it is shown.
    package struct Reading: Sendable {
        /// From which UID on, once the mailbox is open.
        package let first: @Sendable (IMAPMailbox) -> UInt32
        /// Takes one message, in the order of the UIDs; `false` ends the reading.
        package let take: @Sendable (IMAPMessage) -> Bool
        /// Whether a person asked to stop; looked at once a second while the server is waited for.
        package let isStopping: @Sendable () -> Bool

        /// Takes all.
        package init(
            first: @escaping @Sendable (IMAPMailbox) -> UInt32, take: @escaping @Sendable (IMAPMessage) -> Bool,
            isStopping: @escaping @Sendable () -> Bool
        ) {
            (self.first, self.take, self.isStopping) = (first, take, isStopping)
        }
    }

    /// Takes the options; nothing is connected yet.
    package init(_ options: IMAPOptions) { self.options = options }

    /// Reads the mailbox to its end, or until it is told to stop, on a thread of its own.
    ///
    /// - Throws: ``TransferError``; what was taken until then was taken.
    package func read(as credentials: MailCredentials, _ reading: Reading) async throws(TransferError) {
        let options = options
        let failure: TransferError? = await OwnThread.run {
            do throws(TransferError) {
                try Self.read(options, credentials, reading)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private static func read(
        _ options: IMAPOptions, _ credentials: MailCredentials, _ reading: Reading
    ) throws(TransferError) {
        var dialogue = IMAPDialogue(
            try IMAPLink(options, as: credentials, isStopping: reading.isStopping), options)
        let mailbox = try dialogue.examine()
        var rest = try dialogue.uids(from: max(1, reading.first(mailbox)))[...]
        while !rest.isEmpty, !reading.isStopping() {
            let batch = rest.prefix(options.batch)
            rest = rest.dropFirst(options.batch)
            for message in try dialogue.fetch(batch) where !reading.take(message) { return dialogue.leave() }
        }
        dialogue.leave()
    }
}
