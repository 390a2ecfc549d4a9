internal import FoundationEssentials
package import UsherModel
internal import UsherTransfer

/// Files on this machine: a changed file is replaced by renaming, so no reader ever sees half of it.
///
/// Permissions are kept. A new file gets mode 0644, because the web server that serves it runs as another user. A symbolic
/// link stays one: its target is replaced.
package struct FileDestination: Destination {
    package init() {}

    package let capabilities: Set<DestinationCapability> = [.replacesAtomically, .storesBytesAsSent]

    /// One file after the other: a disk flushes no faster for several.
    package let width = 1

    package func read(_ location: String) async throws(PublishError) -> [UInt8]? {
        let path = DurableFile.resolved(location)
        guard DurableFile.exists(path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PublishError(
                .cannotWrite, location: location, problem: "the file cannot be read",
                next: "Check the permissions of usher's user")
        }
        return Array(data)
    }

    package func publish(
        _ artifact: Artifact, in inventory: Inventory?, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome {
        let path = DurableFile.resolved(artifact.location)
        let isUnchanged = try translated(artifact) { () throws(FileError) in
            try DurableFile.holds(artifact.bytes, at: path)
        }
        if !memory.replacesUnknown {
            try await claim(artifact.location, isFree: isUnchanged || !DurableFile.exists(path), memory)
        }
        guard !isUnchanged else { return .unchanged }
        try translated(artifact) { () throws(FileError) in try replace(path, with: artifact.bytes) }
        return .written
    }

    private func translated<Result>(
        _ artifact: Artifact, _ body: () throws(FileError) -> Result
    ) throws(PublishError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw PublishError(
                .cannotWrite, location: artifact.location, problem: error.reason,
                next: "Check the disk and the permissions of usher's user; the old file, if any, is unchanged")
        }
    }

    /// Makes sure that a file is ours before it is written, and remembers it.
    ///
    /// - Throws: ``PublishError``; `notOurs` where it holds something that the ledger does not know.
    private func claim(
        _ location: String, isFree: Bool, _ memory: any PublicationMemory
    ) async throws(PublishError) {
        guard try await memory.mark(of: location) == nil else { return }
        guard isFree else { throw .notOurs(location) }
        try await memory.remember(.unsure, of: location)
    }

    private func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let folder = DurableFile.parent(of: path) ?? "."
        let part = "\(folder)/.\(path.split(separator: "/").last ?? "file").part"
        try DurableFile.makeFolder(folder, mode: 0o755)
        do throws(FileError) {
            try DurableFile.write(bytes, to: part, mode: DurableFile.mode(of: path) ?? 0o644)
            try DurableFile.rename(part, to: path)
            try DurableFile.flush(folder: folder)
        } catch {
            try DurableFile.remove(part)
            throw error
        }
    }
}
