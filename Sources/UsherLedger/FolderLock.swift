internal import Glibc

/// The folder of a ledger, held while the ledger is made or migrated, so that of two processes that start together only one does it.
///
/// The lock is on the folder (flock(2)), not on the file: SQLite's own locks on the file would be lost with the descriptor.
final class FolderLock {
    private let descriptor: Int32

    /// Waits for the lock, 30 seconds at most; after that the caller goes on, and SQLite's own locking decides.
    init(folder: String) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        for _ in 0..<3000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
            nanosleep(&pause, nil)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Makes an empty file that only its owner may read, where there is none; one that is there is never touched, whoever made it and when.
    ///
    /// Its name and those of the folders above it are on disk afterwards: a ledger that a loss of power takes away would let everything be sent again.
    ///
    /// - Returns: The error's number (errno(3)) where it could not be made; nil where it is there.
    func makePrivateFile(_ path: String) -> Int32? {
        // O_EXCL decides in the kernel. A look first, and a file after it, would replace the one that another process made in between.
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return errno == EEXIST ? nil : errno }
        let flushed = fsync(file)
        let number = errno
        close(file)
        guard flushed == 0 else { return number }
        var folder = descriptor
        var opened: [Int32] = []
        while folder >= 0, opened.count < 64 {
            // Not every folder above can be opened, and not every file system flushes folders.
            fsync(folder)
            guard !isRoot(folder) else { break }
            folder = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if folder >= 0 { opened.append(folder) }
        }
        for folder in opened { close(folder) }
        return nil
    }

    private func isRoot(_ folder: Int32) -> Bool {
        var (here, above) = (stat(), stat())
        return fstat(folder, &here) == 0 && fstatat(folder, "..", &above, 0) == 0
            && here.st_ino == above.st_ino && here.st_dev == above.st_dev
    }
}
