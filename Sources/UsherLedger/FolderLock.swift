internal import Glibc

/// A lock on the folder of a ledger, held while the ledger is created or migrated, so that of two processes that start together only one does it.
///
/// The lock is on the folder (flock(2)), not on the file: SQLite's own locks on the file would be lost with the descriptor.
final class FolderLock {
    private let descriptor: Int32
    /// Whether another process had the lock all the time: what it does to the ledger is not over.
    private(set) var isHeldByOther = false

    /// Waits for the lock, a hundredth of a second for each try.
    ///
    /// Where the file system has no locks, SQLite's own decide.
    init(folder: String, tries: Int = 3000) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        for _ in 0..<tries {
            isHeldByOther = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
            guard isHeldByOther else { return }
            var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
            nanosleep(&pause, nil)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Creates an empty file that only its owner may read, where there is none; one that is there is never touched.
    ///
    /// Its name and those of the folders above it are on disk afterwards: if a power failure removed the ledger, everything would be sent again.
    ///
    /// - Returns: The error number (errno(3)) where the file could not be created; nil where it exists now.
    func createPrivateFile(_ path: String) -> Int32? {
        // O_EXCL lets the kernel decide. Checking first and creating afterwards would replace a file that another process creates in between.
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
