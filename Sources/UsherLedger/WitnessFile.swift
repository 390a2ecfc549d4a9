internal import Glibc
internal import UsherModel

/// The file beside a ledger that says how much the ledger has done: `<ledger>.witness`, mode 0600.
///
/// A backup of the ledger that is put back does not know what was sent since; the witness does. Records are appended after each commit that
/// must not be forgotten, and before anything leaves, so a ledger can be newer than its witness and never older. A record is not flushed:
/// killing the process loses none, and after a power failure the witness may lag, which the next opening of the ledger makes up for.
///
/// Whoever has it open holds a shared lock on it, so that one process can tell that it is alone.
final class WitnessFile: Sendable {
    let path: String
    private let descriptor: Int32

    private init(_ path: String, _ descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }

    deinit { close(descriptor) }

    /// The witness of a ledger.
    static func path(of ledger: String) -> String { ledger + ".witness" }

    /// How much of its end is read to learn the largest numbers.
    ///
    /// Runs that overlap append in another order than they commit, but each of them has at most one record to append.
    private static let tailBytes = 65_536

    /// From which size on it is made smaller, and for how many deliveries it then keeps the keys.
    static let (largestBytes, keptEntries) = (16 << 20, 1 << 20)

    /// A failed operation on a witness.
    struct Failure: Error {
        let path: String
        let number: Int32

        init(_ path: String, _ number: Int32 = errno) { (self.path, self.number) = (path, number) }

        var words: String { "\(path): \(String(cString: strerror(number)))" }
    }

    // MARK: Opening

    /// Opens the witness of a ledger to append to it; nil where there is none.
    ///
    /// - Throws: ``Failure``; with `ELOOP` where it is a link, which is not followed, and `EPERM` where it belongs to somebody else.
    static func open(of ledger: String) throws(Failure) -> WitnessFile? {
        try open(path(of: ledger), O_RDWR | O_APPEND)
    }

    /// Reads what the witness of a ledger says; nil where there is none, or nothing legible in it.
    ///
    /// - Throws: ``Failure``.
    static func read(of ledger: String) throws(Failure) -> Witness? {
        try open(path(of: ledger), O_RDONLY)?.summary()
    }

    private static func open(_ path: String, _ flags: Int32) throws(Failure) -> WitnessFile? {
        let descriptor = Glibc.open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Failure(path)
        }
        let file = WitnessFile(path, descriptor)
        var (status, folder) = (stat(), stat())
        guard fstat(descriptor, &status) == 0, stat(Self.folder(of: path), &folder) == 0 else { throw Failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG, [0, geteuid(), folder.st_uid].contains(status.st_uid) else {
            throw Failure(path, EPERM)
        }
        return file
    }

    /// Writes a new witness with these records, in the place of any other; it is on disk afterwards.
    ///
    /// - Throws: ``Failure``; then what was there before is still there.
    static func replace(of ledger: String, with records: [WitnessRecord]) throws(Failure) -> WitnessFile {
        let path = path(of: ledger)
        let part = path + ".new"
        guard unlink(part) == 0 || errno == ENOENT else { throw Failure(part) }
        let descriptor = Glibc.open(part, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(part) }
        let file = WitnessFile(path, descriptor)
        var bytes: [UInt8] = []
        for record in records { bytes += record.bytes }
        try file.write(bytes)
        guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0, rename(part, path) == 0 else {
            let failure = Failure(path)
            unlink(part)
            throw failure
        }
        let folder = Glibc.open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            // Not every file system flushes folders.
            fsync(folder)
            close(folder)
        }
        return file
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    // MARK: Locks

    /// Whether no other process has it open; until ``share()``, none can open it to append.
    ///
    /// Where the file system has no locks, nobody can tell.
    func isAlone() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Shows others that it is open.
    func share() {
        while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
    }

    // MARK: Reading

    /// What it says in sum; nil where nothing in it is legible.
    ///
    /// Gaps are found in its end only.
    func summary() throws(Failure) -> Witness? {
        let size = try size()
        let start = max(0, size - Self.tailBytes)
        if let witness = Witness(WitnessRecord.all(in: try bytes(from: start)).records) { return witness }
        return start == 0 ? nil : Witness(try records())
    }

    /// Everything in it.
    func records() throws(Failure) -> [WitnessRecord] { WitnessRecord.all(in: try bytes(from: 0)).records }

    func size() throws(Failure) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(path) }
        return Int(status.st_size)
    }

    private func bytes(from start: Int) throws(Failure) -> [UInt8] {
        let size = try size()
        var bytes = [UInt8](repeating: 0, count: max(0, size - start))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count, off_t(start + count))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Failure(path) }
            guard got > 0 else { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    // MARK: Writing

    /// Appends a record.
    ///
    /// - Throws: ``Failure`` where it is not wholly there, or the file is no longer the one at its path: nobody would find it.
    func append(_ record: WitnessRecord) throws(Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(path) }
        guard status.st_nlink > 0 else { throw Failure(path, ESTALE) }
        try write(record.bytes)
    }

    /// In one call, so that the records of several processes do not mix.
    private func write(_ bytes: [UInt8]) throws(Failure) {
        var count: Int
        repeat { count = Glibc.write(descriptor, bytes, bytes.count) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw Failure(path) }
        // What is cut is a full disk; the torn record is skipped by whoever reads it.
        guard count == bytes.count else { throw Failure(path, ENOSPC) }
    }

    /// Removes what a write that broke off has left at the end; only for who is alone.
    func cutTornEnd() throws(Failure) {
        let size = try size()
        let tail = try bytes(from: max(0, size - Self.tailBytes))
        // A run that finds a whole record at the end, as nearly all do, reads no more than this.
        guard WitnessRecord.all(in: tail).end < tail.count else { return }
        let end = WitnessRecord.all(in: try bytes(from: 0)).end
        guard end < size else { return }
        guard ftruncate(descriptor, off_t(end)) == 0 else { throw Failure(path) }
    }

    /// Flushes it: from here on, a power failure loses nothing of it either.
    func flush() { fsync(descriptor) }
}

extension WitnessRecord.MainFile {
    /// The state of a ledger's main file.
    init(of ledger: String) {
        var status = stat()
        guard stat(ledger, &status) == 0 else {
            self.init()
            return
        }
        self.init(
            size: Int64(status.st_size),
            changedAt: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }
}
