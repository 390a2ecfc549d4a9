internal import Glibc

/// A failed file operation.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path.
    package let path: String
    /// The operating system's message.
    package let reason: String
    /// Its number (errno(3)).
    package let number: Int32

    package var description: String { "\(path): \(reason)" }

    init(_ path: String, _ number: Int32 = errno) {
        (self.path, self.number) = (path, number)
        reason = String(cString: strerror(number))
    }
}

/// Files that are complete or absent, also after a power loss: write a temporary file, flush it, rename it, flush the
/// folder.
///
/// Source: rename(2), fsync(2): a file's name is on disk only after its folder has been flushed.
package enum DurableFile {
    /// Writes a file and flushes it; an existing file is overwritten.
    ///
    /// A symbolic link is not followed.
    ///
    /// - Throws: ``FileError``; an incomplete file may remain, which the next call overwrites.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileError(path) }
        var failure: FileError?
        var written = 0
        while failure == nil, written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count > 0 { written += count } else if errno != EINTR { failure = FileError(path) }
        }
        if failure == nil, fsync(descriptor) != 0 { failure = FileError(path) }
        if close(descriptor) != 0, failure == nil, errno != EINTR { failure = FileError(path) }
        if let failure { throw failure }
    }

    /// Renames a file, replacing one with the new name; to be followed by ``flush(folder:)``.
    ///
    /// - Throws: ``FileError`` where the rename failed: nothing has changed.
    package static func rename(_ from: String, to path: String) throws(FileError) {
        guard Glibc.rename(from, path) == 0 else { throw FileError(path) }
    }

    /// Flushes a folder: afterwards, renames and removals in it are on disk.
    ///
    /// - Throws: ``FileError``.
    package static func flush(folder: String) throws(FileError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError(folder) }
    }

    /// Creates a folder and its parents.
    ///
    /// - Throws: ``FileError``.
    package static func makeFolder(_ path: String, mode: UInt32) throws(FileError) {
        if isFolder(path) { return }
        if let parent = parent(of: path), parent != path { try makeFolder(parent, mode: 0o755) }
        guard mkdir(path, mode) == 0 || (errno == EEXIST && isFolder(path)) else { throw FileError(path) }
    }

    /// Removes a file, if it exists.
    ///
    /// - Throws: ``FileError``.
    package static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError(path) }
    }

    /// Whether there is anything at this path.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether there is a folder at this path.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The permissions of a file; nil where it does not exist.
    package static func mode(of path: String) -> UInt32? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    /// The path with all symbolic links resolved; the path itself where that fails.
    package static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// The folder that contains a path.
    package static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether a file consists of exactly these bytes.
    ///
    /// - Throws: ``FileError`` where there is a file that cannot be read.
    package static func holds(_ bytes: [UInt8], at path: String) throws(FileError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size == bytes.count else { return false }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path) }
        defer { close(descriptor) }
        var block = [UInt8](repeating: 0, count: 65_536)
        var compared = 0
        while true {
            let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path) }
            guard count > 0 else { return compared == bytes.count }
            guard compared + count <= bytes.count, bytes[compared..<compared + count].elementsEqual(block[..<count])
            else {
                return false
            }
            compared += count
        }
    }
}
