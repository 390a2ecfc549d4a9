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

    package func publish(
        _ artifact: Artifact, in inventory: Inventory?, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome {
        do throws(FileError) {
            let path = DurableFile.resolved(artifact.location)
            if try DurableFile.holds(artifact.bytes, at: path) { return .unchanged }
            try replace(path, with: artifact.bytes)
            return .written
        } catch {
            throw PublishError(
                .cannotWrite, location: artifact.location, problem: error.reason,
                next: "Check the disk and the permissions of usher's user; the old file, if any, is unchanged")
        }
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
