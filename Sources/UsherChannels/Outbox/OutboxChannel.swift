package import UsherModel
internal import UsherTransfer

/// A folder that takes each message as a file named by its dedupe key: `.eml`, or `.json`.
///
/// Proof against every crash: the message lies flushed under a part's name before the wire mark, and the rename completes it. So, afterwards:
/// the message is there, or its part is (and it was not delivered), or neither is: then a consumer has taken the message, since
/// nothing but the rename removes a part.
package struct OutboxChannel: Channel {
    private let options: OutboxOptions
    private let steps: Steps

    /// What messages must be: as the job says.
    package var format: MessageFormat { options.format }
    /// Enough to let one flush of the disk serve many.
    package let width: Int

    /// Takes the options; the folder is made with the first message.
    package init(_ options: OutboxOptions, width: Int = 16, steps: Steps = .unwatched) {
        (self.options, self.width, self.steps) = (options, width, steps)
    }

    /// Puts a message into the folder.
    ///
    /// - Returns: Sent, with the path; a retry where the folder cannot be written.
    /// - Throws: ``WireFailure``; the message is not in the folder then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        let (path, part) = (path(of: message.key), part(of: message.key))
        if let refusal = await OwnThread.run({ prepare(message, part) }) { return .retry(refusal, notBefore: nil) }
        steps.pass("outbox.part-written")
        try await wire()
        steps.pass("outbox.before-rename")
        return await OwnThread.run { complete(part, path) }
    }

    /// Gives the message its name: from here on it is delivered.
    private func complete(_ part: String, _ path: String) -> Attempt {
        do throws(FileError) {
            try DurableFile.rename(part, to: path)
            steps.pass("outbox.renamed")
            try DurableFile.flush(folder: options.folder)
            return .sent(Evidence(path))
        } catch {
            // The part still there proves that the rename did not happen.
            return DurableFile.exists(part)
                ? .retry(Refusal(.storage, error.description), notBefore: nil) : .inDoubt(Evidence(error.description))
        }
    }

    /// Looks into the folder; there the answer lies, except where the folder itself is gone.
    package func lookUp(_ key: DedupeKey, recipient: Recipient, age: Duration) async -> DoubtAnswer {
        guard DurableFile.isFolder(options.folder) else {
            return .unknown(Evidence("\(options.folder) is no longer there"))
        }
        if DurableFile.exists(path(of: key)) { return .delivered(Evidence(path(of: key))) }
        if DurableFile.exists(part(of: key)) { return .notDelivered }
        return .delivered(Evidence("\(path(of: key)), taken from the folder since"))
    }

    private func prepare(_ message: Message, _ part: String) -> Refusal? {
        do throws(FileError) {
            try DurableFile.makeFolder(options.folder, mode: 0o700)
            try DurableFile.write(bytes(of: message), to: part, mode: 0o600)
            try DurableFile.flush(folder: options.folder)
            return nil
        } catch {
            return Refusal(.storage, error.description)
        }
    }

    private func bytes(of message: Message) -> [UInt8] {
        switch message.content {
        case .mail(_, _, let bytes): bytes
        case .payload(_, let bytes): bytes
        }
    }

    private func name(of key: DedupeKey) -> String {
        switch options.format {
        case .mail: "\(key.hex).eml"
        case .payload: "\(key.hex).json"
        }
    }

    private func path(of key: DedupeKey) -> String { "\(options.folder)/\(name(of: key))" }
    private func part(of key: DedupeKey) -> String { "\(options.folder)/.\(name(of: key)).part" }
}
