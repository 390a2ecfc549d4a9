import Glibc

/// An input as a file in memory, for readers that open one by its path.
final class InputFile {
    private let descriptor: Int32
    /// Where it can be opened while this object lives.
    let path: String

    init(_ bytes: [UInt8]) {
        var name = Array("/dev/shm/usher-input-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        // The name is not needed, and so nothing is left behind.
        unlink(name)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        (self.descriptor, path) = (descriptor, "/proc/self/fd/\(descriptor)")
    }

    deinit { close(descriptor) }
}
