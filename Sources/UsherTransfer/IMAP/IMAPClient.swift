internal import CCurl
internal import Glibc
internal import Synchronization

/// Reads a mailbox from one UID on, and changes nothing in it: it is opened with EXAMINE, and bodies are fetched with
/// PEEK (RFC 3501 §6.3.2).
package struct IMAPClient: Sendable {
    private let options: IMAPOptions

    /// The caller's decisions during a reading.
    package struct Reading: Sendable {
        /// Returns the first UID to read, once the mailbox is open.
        package let first: @Sendable (IMAPMailbox) -> UInt32
        /// Receives one message after the other, in the order of their UIDs; `false` ends the reading.
        package let receive: @Sendable (IMAPMessage) -> Bool
        /// Whether a person asked to stop; checked once a second while waiting for the server.
        package let isStopping: @Sendable () -> Bool

        /// Creates a reading from its three functions.
        package init(
            first: @escaping @Sendable (IMAPMailbox) -> UInt32, receive: @escaping @Sendable (IMAPMessage) -> Bool,
            isStopping: @escaping @Sendable () -> Bool
        ) {
            (self.first, self.receive, self.isStopping) = (first, receive, isStopping)
        }
    }

    /// Creates a client; nothing is connected yet.
    package init(_ options: IMAPOptions) { self.options = options }

    /// Reads the mailbox to its end, or until it is told to stop or its task is canceled, on a thread of its own.
    ///
    /// - Throws: ``TransferError``; the messages before the error have been received.
    package func read(as credentials: MailCredentials, _ reading: Reading) async throws(TransferError) {
        let options = options
        let log = Self.log(options, credentials)
        let cancellation = Cancellation()
        let reading = Reading(
            first: reading.first, receive: reading.receive,
            isStopping: { cancellation.hasCome || reading.isStopping() })
        let failure: TransferError? = await withTaskCancellationHandler {
            await OwnThread.run {
                do throws(TransferError) {
                    try Self.read(options, credentials, log, reading)
                    return nil
                } catch {
                    return error
                }
            }
        } onCancel: {
            cancellation.come()
        }
        log?.summarize("\(options.location): \(failure?.problem ?? "read to the end")")
        if let failure { throw failure }
    }

    /// Tells the thread that the task was canceled.
    private final class Cancellation: Sendable {
        private let flag = Atomic<Bool>(false)

        var hasCome: Bool { flag.load(ordering: .relaxed) }

        func come() { flag.store(true, ordering: .relaxed) }
    }

    private static func log(_ options: IMAPOptions, _ credentials: MailCredentials) -> DialogueLog? {
        var log = DialogueLog()?.connection(1, to: options.server)
        log?.hide(credentials.secret)
        return log
    }

    private static func read(
        _ options: IMAPOptions, _ credentials: MailCredentials, _ log: DialogueLog?, _ reading: Reading
    ) throws(TransferError) {
        var dialogue = IMAPDialogue(
            try IMAPLink(options, as: credentials, log, isStopping: reading.isStopping), options)
        let mailbox = try dialogue.examine()
        var rest = try dialogue.uids(from: max(1, reading.first(mailbox)))[...]
        while !rest.isEmpty, !reading.isStopping() {
            let batch = rest.prefix(options.batch)
            rest = rest.dropFirst(options.batch)
            for message in try dialogue.fetch(batch) where !reading.receive(message) { return dialogue.logOut() }
        }
        dialogue.logOut()
    }
}
