package import UsherModel
internal import UsherTransfer

/// Keeps a file up to date: unchanged it is not touched, changed it is replaced by renaming, so that no reader ever sees half of it.
///
/// Permissions are kept; a new file gets 0644, as the web server that serves it is someone else. A symbolic link stays one: the file it
/// leads to is replaced.
package struct FilePublisher: Publisher {
    /// A publisher of files.
    package init() {}

    /// Brings a file to these bytes.
    ///
    /// - Throws: ``PublishError``; the file then holds what it held before.
    package func publish(
        _ bytes: [UInt8], mediaType: String, to destination: String
    ) async throws(PublishError) -> Published {
        do throws(FileError) {
            let path = DurableFile.resolved(destination)
            if try DurableFile.holds(bytes, at: path) { return .unchanged }
            try replace(path, with: bytes)
            return .written
        } catch {
            throw PublishError(
                .cannotWrite, location: destination, problem: error.reason,
                next: "Check the disk and the rights of the user that runs usher; the old file, if any, is as it was")
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
