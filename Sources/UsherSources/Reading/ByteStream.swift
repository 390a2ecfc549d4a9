internal import Glibc
internal import UsherModel

/// Reads a file byte by byte and counts lines; holds one block in memory.
final class ByteStream {
    let path: String
    /// The line of the next byte; the first is 1.
    private(set) var line = 1
    private let descriptor: Int32
    private var block: [UInt8]
    private var position = 0
    private var end = 0
    private var blockOffset: Int64 = 0
    private var isAtEnd = false
    private var failure: String?
    /// Whether the file begins with the byte order mark of UTF-8, which is skipped.
    private(set) var hasMark = false

    /// Opens a file.
    ///
    /// - Throws: ``SourceError`` where it cannot be opened.
    init(path: String, blockBytes: Int = 65_536) throws(SourceError) {
        self.path = path
        block = [UInt8](repeating: 0, count: blockBytes)
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SourceError(
                .unreachable, location: path, problem: String(cString: strerror(errno)),
                next: "Check the path in the job file, and that the user that runs usher may read the file")
        }
        skipByteOrderMark()
    }

    deinit { close(descriptor) }

    /// The next byte, without consuming it; nil at the end and where reading failed (see ``check()``).
    func peek() -> UInt8? {
        if position < end { return block[position] }
        guard fill() else { return nil }
        return block[position]
    }

    /// Consumes the next byte.
    func next() -> UInt8? {
        guard let byte = peek() else { return nil }
        position += 1
        if byte == 0x0A { line += 1 }
        return byte
    }

    /// The position of the next byte in the file.
    var offset: Int64 { blockOffset + Int64(position) }

    /// Continues at an offset where an earlier stream of the same file was.
    ///
    /// - Throws: ``SourceError`` where the file has no such offset.
    func seek(to offset: Int64, line: Int) throws(SourceError) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset) else {
            throw SourceError(
                .unreachable, location: path, problem: String(cString: strerror(errno)), next: "Check the file")
        }
        (blockOffset, position, end, isAtEnd, self.line) = (offset, 0, 0, false, line)
    }

    /// The identity of the file and its present contents: see ``FileIdentity``.
    var identity: String? { FileIdentity.of(descriptor: descriptor)?.text }

    /// Reports a read error that ended the stream early.
    ///
    /// - Throws: ``SourceError``.
    func check() throws(SourceError) {
        guard let failure else { return }
        throw SourceError(.unreachable, location: path, problem: failure, next: "Check the disk")
    }

    private func fill() -> Bool {
        guard !isAtEnd else { return false }
        while true {
            let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { failure = String(cString: strerror(errno)) }
            guard count > 0 else {
                isAtEnd = true
                return false
            }
            blockOffset += Int64(end)
            (position, end) = (0, count)
            return true
        }
    }

    private func skipByteOrderMark() {
        guard fill(), end >= 3, block[0] == 0xEF, block[1] == 0xBB, block[2] == 0xBF else { return }
        (position, hasMark) = (3, true)
    }
}
