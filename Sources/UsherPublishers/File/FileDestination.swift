internal import Glibc
package import UsherModel
internal import UsherTransfer

/// Files on this machine: a changed file is replaced by renaming, so no reader ever sees half of it.
///
/// A file gets the permissions of the job file; without any there, a new one gets mode 0644, because the web server that serves it runs as
/// another user, and others keep theirs. A symbolic link that may be followed (see ``OpenFolder``) stays one: its target is replaced.
package struct FileDestination: Destination {
    /// The permissions of all files; nil keeps those of a file that is there.
    private let mode: UInt32?

    package init(mode: UInt32? = nil) { self.mode = mode }

    package let capabilities: Set<DestinationCapability> = [.replacesAtomically, .storesBytesAsSent]

    /// One file after the other: a disk flushes no faster for several.
    package let width = 1

    package func read(_ location: String) async throws(PublishError) -> [UInt8]? {
        do throws(FileError) {
            let (folder, name) = try OpenFolder.of(file: location)
            return try folder.read(name)
        } catch {
            guard error.number != ENOENT else { return nil }
            throw PublishError(
                .cannotWrite, location: location, problem: "the file cannot be read: \(error.reason)",
                next: "Check the permissions of usher's user")
        }
    }

    package func publish(
        _ artifact: Artifact, in inventory: Inventory?, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome {
        let (folder, name, isUnchanged) = try translated(artifact) { () throws(FileError) in
            let (folder, name) = try OpenFolder.of(file: artifact.location, creating: folderMode)
            return (folder, name, try folder.holds(artifact.bytes, in: name))
        }
        if !memory.replacesUnknown {
            try await claim(artifact.location, isFree: isUnchanged || !folder.exists(name), memory)
        }
        try translated(artifact) { () throws(FileError) in
            let present = folder.mode(of: name)
            guard !isUnchanged else {
                if let mode, present != mode { try folder.setMode(of: name, to: mode) }
                return
            }
            try replace(name, in: folder, with: artifact.bytes, mode: mode ?? present ?? 0o644)
        }
        return isUnchanged ? .unchanged : .written
    }

    /// Whoever may read the files can enter the folders that are created for them.
    private var folderMode: UInt32 {
        let mode = mode ?? 0o644
        return mode | 0o700 | (mode & 0o044) >> 2
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

    private func replace(
        _ name: String, in folder: OpenFolder, with bytes: [UInt8], mode: UInt32
    ) throws(FileError) {
        let part = ".\(name).part"
        do throws(FileError) {
            try folder.write(bytes, to: part, mode: mode)
            try folder.rename(part, to: name)
            try folder.flush()
        } catch {
            try folder.remove(part)
            throw error
        }
    }
}
