internal import Glibc
internal import Synchronization
internal import UsherModel

/// Identifies a file with its present contents: any change of them gives another identity.
struct FileIdentity: Hashable, Sendable {
    /// Device, inode, size, and the times when content and inode last changed, in nanoseconds.
    let text: String
    /// The later of the two times, in whole seconds.
    let changedAt: Instant

    static func of(path: String) -> FileIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileIdentity(status)
    }

    static func of(descriptor: Int32) -> FileIdentity? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return FileIdentity(status)
    }

    /// Whether a path is a folder; nil where there is nothing.
    static func isFolder(_ path: String) -> Bool? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    private init(_ status: stat) {
        let content = status.st_mtim
        let inode = status.st_ctim
        text = [
            "\(status.st_dev)", "\(status.st_ino)", "\(status.st_size)", "\(content.tv_sec).\(content.tv_nsec)",
            "\(inode.tv_sec).\(inode.tv_nsec)",
        ].joined(separator: " ")
        changedAt = Instant(secondsSince1970: Int64(max(content.tv_sec, inode.tv_sec)))
    }

    /// A tag that changes when any of the files does; nil where one cannot be read, or changed so recently that a second change within the
    /// same tick of the file system's clock would not show.
    static func tag(of paths: [String], readAt: Instant) -> String? {
        var parts: [String] = []
        for path in paths {
            guard let identity = of(path: path), identity.changedAt + .seconds(2) < readAt else { return nil }
            parts += [path, identity.text]
        }
        return Digest.hex(of: parts)
    }
}

/// Whether a list that belongs to all events of a source is read for the first time in a run.
///
/// It is read once for each event. What belongs to no event, or to the list as a whole, is reported only then.
final class FirstReading: Sendable {
    private let isRead = Mutex(false)

    /// True at the first call, false from then on.
    func isFirst() -> Bool {
        isRead.withLock { isRead in
            defer { isRead = true }
            return !isRead
        }
    }
}
