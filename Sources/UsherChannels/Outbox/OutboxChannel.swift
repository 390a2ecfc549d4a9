package import UsherModel
internal import UsherTransfer

/// Writes each message to a folder, as a file named by its id: `.eml` or `.json`.
///
/// A crash leaves no doubt: the message is flushed under a temporary name before the wire mark, and a rename completes the delivery. After a
/// crash, the file exists (delivered), or the temporary file does (not delivered), or neither: then a consumer has removed the message,
/// since only the rename removes the temporary file.
package struct OutboxChannel: Channel {
    private let options: OutboxOptions
    private let steps: Steps

    package var format: MessageFormat { options.format }
    /// Mail in a folder is there for a program that sends it.
    package var reach: ChannelReach {
        switch options.format {
        case .mail: .people
        case .payload: .local
        }
    }
    package var promises: ChannelPromises { [.findsDeliveries, .deliversOncePerKey] }
    /// Enough for one flush of the disk to serve many messages.
    package let width: Int

    package init(_ options: OutboxOptions, width: Int = 16, steps: Steps = .unwatched) {
        (self.options, self.width, self.steps) = (options, width, steps)
    }

    /// Writes a message to the folder.
    ///
    /// - Returns: Sent, with the path; a retry where the folder cannot be written.
    /// - Throws: ``WireFailure``; the message is not in the folder then.
    package func send(
        _ message: Message, wire: () async throws(WireFailure) -> Void
    ) async throws(WireFailure) -> Attempt {
        switch (message.content, options.format) {
        case (.mail, .mail), (.payload, .payload): break
        case (.mail, .payload), (.payload, .mail):
            return .failed(Refusal(.delivery, "the message is not in the format of the channel"))
        }
        let (path, part) = (path(of: message.id), part(of: message.id))
        if let refusal = await OwnThread.run({ prepare(message, part) }) { return .retry(refusal, after: nil) }
        steps.pass("outbox.part-written")
        try await wire()
        steps.pass("outbox.before-rename")
        return await OwnThread.run { complete(part, path) }
    }

    /// Renames the temporary file, which delivers the message.
    private func complete(_ part: String, _ path: String) -> Attempt {
        do throws(FileError) {
            try DurableFile.rename(part, to: path)
            steps.pass("outbox.renamed")
            try DurableFile.flush(folder: options.folder)
            return .sent(Evidence(path))
        } catch {
            // The temporary file proves that the rename did not happen.
            return DurableFile.exists(part)
                ? .retry(Refusal(.storage, error.description), after: nil) : .inDoubt(Evidence(error.description))
        }
    }

    /// Looks into the folder; the answer is unknown only where the folder is gone.
    package func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer {
        guard DurableFile.isFolder(options.folder) else {
            return .unknown(Evidence("\(options.folder) no longer exists"))
        }
        if DurableFile.exists(path(of: id)) { return .delivered(Evidence(path(of: id))) }
        if DurableFile.exists(part(of: id)) { return .notDelivered }
        return .delivered(Evidence("\(path(of: id)), removed from the folder since"))
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

    private func name(of id: DeliveryID) -> String {
        switch options.format {
        case .mail: "\(id.hex).eml"
        case .payload: "\(id.hex).json"
        }
    }

    private func path(of id: DeliveryID) -> String { "\(options.folder)/\(name(of: id))" }
    private func part(of id: DeliveryID) -> String { "\(options.folder)/.\(name(of: id)).part" }
}
