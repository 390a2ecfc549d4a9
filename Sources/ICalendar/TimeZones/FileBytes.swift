#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Reads a small file through the C library.
enum FileBytes {
    /// The outcome of reading.
    enum Outcome {
        case bytes([UInt8])
        /// There is no file with this name, or it is a folder.
        case noFile
        /// The error message of the system.
        case failure(String)
    }

    /// The largest file of the tz database has a few kilobytes; a wrong path must not exhaust memory.
    private static let largest = 1 << 20

    static func read(_ path: String) -> Outcome {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return outcome(of: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return outcome(of: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .noFile }
        return readAll(file)
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func readAll(_ file: Int32) -> Outcome {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            // Not `read`, which would resolve to the method of this type.
            let count = pread(file, &chunk, chunk.count, off_t(bytes.count))
            if count == 0 { return .bytes(bytes) }
            if count < 0 {
                if errno == EINTR { continue }
                return outcome(of: errno)
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= largest else { return .failure("larger than \(largest) bytes") }
        }
    }

    private static func outcome(of code: Int32) -> Outcome {
        switch code {
        case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP, EISDIR: .noFile
        default: .failure(String(cString: strerror(code)))
        }
    }
}
