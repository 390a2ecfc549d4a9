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
        self.init(path, number, reason: String(cString: strerror(number)))
    }

    init(_ path: String, _ number: Int32, reason: String) {
        (self.path, self.number, self.reason) = (path, number, reason)
    }
}
