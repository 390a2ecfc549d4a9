internal import Glibc

/// Held while a ledger is made or migrated, so that two processes that start together do not both do it.
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
}
