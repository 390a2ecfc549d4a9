internal import Glibc

/// A folder that is held open: names are looked up in it and nowhere else, whatever becomes of its path meanwhile.
///
/// Whoever may write in a folder can put a symbolic link there that leads elsewhere. So one is followed, in a path or as the name of a file,
/// only if it belongs to root, to the user that usher runs as, or to the owner of the folder that it is in (as Linux does in shared folders:
/// proc_sys_fs(5), protected_symlinks). Files are complete or absent, also after a power failure: they are written under another name,
/// flushed, renamed, and then the folder is flushed (rename(2), fsync(2)).
package final class OpenFolder: Sendable {
    /// The path by which it was opened.
    package let path: String
    private let descriptor: Int32

    private init(_ path: String, descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }

    deinit { close(descriptor) }

    /// Opens a folder.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - mode: The permissions with which it is created where it is missing, whatever the umask; nil creates none. Folders above it
    ///     get mode 0755.
    /// - Returns: The folder.
    /// - Throws: ``FileError``.
    package static func open(_ path: String, creating mode: UInt32? = nil) throws(FileError) -> OpenFolder {
        var walk = try FolderWalk(path)
        try walk.enterAll(path, creating: mode)
        return OpenFolder(path, descriptor: try walk.readable())
    }

    /// Opens the folder of a file, where a symbolic link with the name of the file leads.
    ///
    /// - Parameters:
    ///   - path: The file, which need not exist.
    ///   - mode: The permissions with which missing folders are created; nil creates none.
    /// - Returns: The folder, and the file's name in it.
    /// - Throws: ``FileError``.
    package static func of(
        file path: String, creating mode: UInt32? = nil
    ) throws(FileError) -> (folder: OpenFolder, name: String) {
        var walk = try FolderWalk(path)
        var (above, name) = FolderWalk.split(path)
        try walk.enterAll(above, creating: mode)
        while let target = try walk.target(of: name) {
            (above, name) = FolderWalk.split(target)
            if target.hasPrefix("/") { try walk.restart() }
            try walk.enterAll(above, creating: mode)
        }
        return (OpenFolder(walk.path, descriptor: try walk.readable()), name)
    }

    /// The path of a file, or of the one to which a symbolic link in its place leads: for what takes paths only, such as SQLite.
    ///
    /// - Parameters:
    ///   - path: The file, which need not exist.
    ///   - isNew: Whether an empty file is going to be written. One of somebody else is refused then: they could read what is written.
    /// - Returns: The path.
    /// - Throws: ``FileError``, with `ELOOP` for a link that is not followed, and `EPERM` for an empty file of somebody else.
    package static func resolve(file path: String, isNew: Bool) throws(FileError) -> String {
        let (folder, name) = try of(file: path)
        if isNew, let owner = folder.otherOwner(of: name), try folder.holds([], in: name) {
            throw FileError("\(folder.path)/\(name)", EPERM, reason: "an empty file that belongs to the user \(owner)")
        }
        let (above, first) = FolderWalk.split(path)
        var status = stat()
        let place = try open(path.hasPrefix("/") && above.isEmpty ? "/" : above)
        let isLink =
            fstatat(place.descriptor, first, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
        return isLink ? "\(folder.path)/\(name)" : path
    }

    /// Whom a file belongs to, unless it is root, usher's user or the owner of the folder.
    private func otherOwner(of name: String) -> UInt32? {
        var (file, folder) = (stat(), stat())
        guard fstatat(descriptor, name, &file, AT_SYMLINK_NOFOLLOW) == 0, fstat(descriptor, &folder) == 0,
            ![0, geteuid(), folder.st_uid].contains(file.st_uid)
        else { return nil }
        return file.st_uid
    }

    /// Writes a file and flushes it; one with this name is removed before.
    ///
    /// - Parameters:
    ///   - bytes: The content.
    ///   - name: The name.
    ///   - mode: The permissions, whatever the umask.
    /// - Throws: ``FileError``; an incomplete file may remain, which the next call removes.
    package func write(_ bytes: [UInt8], to name: String, mode: UInt32) throws(FileError) {
        try remove(name)
        // O_EXCL: what is written is a file of ours, not one that somebody else has put there and can still change.
        let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw FileError("\(path)/\(name)") }
        var failure: FileError?
        var written = 0
        while failure == nil, written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(file, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count > 0 { written += count } else if errno != EINTR { failure = FileError("\(path)/\(name)") }
        }
        if failure == nil, fchmod(file, mode) != 0 || fsync(file) != 0 { failure = FileError("\(path)/\(name)") }
        if close(file) != 0, failure == nil, errno != EINTR { failure = FileError("\(path)/\(name)") }
        if let failure { throw failure }
    }

    /// Renames a file, replacing one with the new name; to be followed by ``flush()``.
    ///
    /// - Throws: ``FileError`` where the rename failed: nothing has changed.
    package func rename(_ name: String, to other: String) throws(FileError) {
        guard renameat(descriptor, name, descriptor, other) == 0 else { throw FileError("\(path)/\(other)") }
    }

    /// Flushes the folder: afterwards, renames and removals in it are on disk.
    ///
    /// - Throws: ``FileError``.
    package func flush() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(path) }
    }

    /// Removes a file, if it exists.
    ///
    /// - Throws: ``FileError``.
    package func remove(_ name: String) throws(FileError) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw FileError("\(path)/\(name)") }
    }

    /// Whether there is anything with this name.
    package func exists(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// The permissions of a file; nil where it does not exist.
    package func mode(of name: String) -> UInt32? {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_mode & 0o777 : nil
    }

    /// Changes the permissions of a file.
    ///
    /// - Throws: ``FileError``.
    package func setMode(of name: String, to mode: UInt32) throws(FileError) {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw FileError("\(path)/\(name)") }
        defer { close(file) }
        guard fchmod(file, mode) == 0 else { throw FileError("\(path)/\(name)") }
    }

    /// The content of a file; nil where it does not exist.
    ///
    /// - Throws: ``FileError``.
    package func read(_ name: String) throws(FileError) -> [UInt8]? {
        var bytes: [UInt8] = []
        let isThere = try readBlocks(of: name) { block in
            bytes += block
            return true
        }
        return isThere ? bytes : nil
    }

    /// Whether a file consists of exactly these bytes.
    ///
    /// - Throws: ``FileError`` where there is a file that cannot be read.
    package func holds(_ bytes: [UInt8], in name: String) throws(FileError) -> Bool {
        var compared = 0
        var isEqual = true
        let isThere = try readBlocks(of: name) { block in
            isEqual =
                compared + block.count <= bytes.count
                && bytes[compared..<compared + block.count].elementsEqual(block)
            compared += block.count
            return isEqual
        }
        return isThere && isEqual && compared == bytes.count
    }

    /// Calls `body` with each block of a file, until it returns `false`; returns whether the file exists.
    private func readBlocks(of name: String, _ body: (ArraySlice<UInt8>) -> Bool) throws(FileError) -> Bool {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return false }
            throw FileError("\(path)/\(name)")
        }
        defer { close(file) }
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = block.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("\(path)/\(name)") }
            guard count > 0, body(block[..<count]) else { return true }
        }
    }
}

/// O_PATH (open(2)): the C library shows it only to programs that ask for GNU extensions.
private let onlyPath: Int32 = 0o10_000_000

/// The way to a folder, one name after the other.
private struct FolderWalk: ~Copyable {
    private var descriptor: Int32
    /// Where it has come to.
    private(set) var path: String
    private var links = 0

    /// The most links in one path, as in Linux (path_resolution(7)).
    private static let mostLinks = 40

    init(_ path: String) throws(FileError) {
        self.path = path.hasPrefix("/") ? "/" : "."
        descriptor = Glibc.open(self.path, onlyPath | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(self.path) }
    }

    deinit { close(descriptor) }

    /// The folder of a path and the last name.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// Goes back to the root.
    mutating func restart() throws(FileError) { try move(to: Glibc.open("/", onlyPath | O_DIRECTORY | O_CLOEXEC), "/") }

    /// Follows a path from here, or from the root where it is absolute and nothing was followed yet.
    mutating func enterAll(_ path: String, creating mode: UInt32?) throws(FileError) {
        var names = Array(path.split(separator: "/").reversed())
        while let name = names.popLast() {
            guard name != "." else { continue }
            if let target = try name == ".." ? nil : target(of: String(name)) {
                if target.hasPrefix("/") { try restart() }
                names += target.split(separator: "/").reversed()
            } else {
                try enter(String(name), creating: mode.map { names.isEmpty ? $0 : 0o755 })
            }
        }
    }

    /// A descriptor of the folder that can be flushed.
    func readable() throws(FileError) -> Int32 {
        let folder = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw FileError(path) }
        return folder
    }

    /// Where a symbolic link with this name leads; nil where there is none.
    ///
    /// - Throws: ``FileError`` where there is one that is not followed.
    mutating func target(of name: String) throws(FileError) -> String? {
        let link = openat(descriptor, name, onlyPath | O_NOFOLLOW | O_CLOEXEC)
        guard link >= 0 else { return nil }
        defer { close(link) }
        var (status, folder) = (stat(), stat())
        guard fstat(link, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
        guard fstat(descriptor, &folder) == 0 else { throw FileError(path) }
        let place = "\(path)/\(name)"
        guard [0, geteuid(), folder.st_uid].contains(status.st_uid) else {
            throw FileError(
                place, ELOOP,
                reason:
                    "a symbolic link that belongs to the user \(status.st_uid), which is not followed: whoever made it decides where it leads"
            )
        }
        links += 1
        guard links <= Self.mostLinks else { throw FileError(place, ELOOP) }
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(link, "", &target, target.count)
        guard count > 0 else { throw FileError(place) }
        return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private mutating func enter(_ name: String, creating mode: UInt32?) throws(FileError) {
        let place = path == "/" ? "/\(name)" : path == "." ? name : "\(path)/\(name)"
        let flags = onlyPath | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let next = openat(descriptor, name, flags)
        guard next < 0, errno == ENOENT, let mode else { return try move(to: next, place) }
        // Another process may create it at the same time.
        guard mkdirat(descriptor, name, 0o700) == 0 else {
            guard errno == EEXIST else { throw FileError(place) }
            return try move(to: openat(descriptor, name, flags), place)
        }
        let made = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        try move(to: made, place)
        guard fchmod(made, mode) == 0 else { throw FileError(place) }
    }

    private mutating func move(to next: Int32, _ place: String) throws(FileError) {
        guard next >= 0 else { throw FileError(place) }
        close(descriptor)
        (descriptor, path) = (next, place)
    }
}
