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
        switch await OwnThread.run({ prepare(message) }) {
        case .failure(let error): return .retry(Refusal(.storage, error.description), after: nil)
        case .success(let folder):
            steps.pass("outbox.part-written")
            try await wire()
            steps.pass("outbox.before-rename")
            return await OwnThread.run { complete(message.id, in: folder) }
        }
    }

    /// Renames the temporary file, which delivers the message.
    private func complete(_ id: DeliveryID, in folder: OpenFolder) -> Attempt {
        do throws(FileError) {
            try folder.rename(part(of: id), to: name(of: id))
            steps.pass("outbox.renamed")
            try folder.flush()
            return .sent(Evidence(path(of: id)))
        } catch {
            // The temporary file proves that the rename did not happen.
            return folder.exists(part(of: id))
                ? .retry(Refusal(.storage, error.description), after: nil) : .inDoubt(Evidence(error.description))
        }
    }

    /// Looks into the folder; the answer is unknown only where the folder is gone.
    package func lookUp(
        _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
    ) async -> DoubtAnswer {
        do throws(FileError) {
            let folder = try OpenFolder.open(options.folder)
            if folder.exists(name(of: id)) { return .delivered(Evidence(path(of: id))) }
            if folder.exists(part(of: id)) { return .notDelivered }
            return .delivered(Evidence("\(path(of: id)), removed from the folder since"))
        } catch {
            return .unknown(Evidence("\(error)"))
        }
    }

    private func prepare(_ message: Message) -> Result<OpenFolder, FileError> {
        do throws(FileError) {
            let folder = try OpenFolder.open(options.folder, creating: 0o700)
            try folder.write(bytes(of: message), to: part(of: message.id), mode: 0o600)
            try folder.flush()
            return .success(folder)
        } catch {
            return .failure(error)
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
    private func part(of id: DeliveryID) -> String { ".\(name(of: id)).part" }
}
