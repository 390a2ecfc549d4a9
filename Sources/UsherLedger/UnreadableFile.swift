internal import Glibc

/// Why a file cannot be opened, for a person: SQLite only says that it cannot.
enum UnreadableFile {
    /// The reason; nil where nothing seems to be wrong.
    static func reason(_ path: String) -> (problem: String, next: String)? {
        let path = path.isEmpty ? "." : path
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        for part in [folder, path, path + "-wal", path + "-shm"] {
            var status = stat()
            guard stat(part, &status) == 0 else {
                if errno == ENOENT, part != folder { continue }
                return problem(part, errno, nil)
            }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            if isFolder != (part == folder) {
                return isFolder
                    ? ("it is a folder", "Name a file in it: ledger: \(part)/usher.sqlite")
                    : ("\(part) is a file and not a folder", "Correct the ledger's path")
            }
            let mode = isFolder ? W_OK | X_OK : R_OK | W_OK
            if access(part, mode) != 0 { return problem(part, errno, status.st_uid) }
        }
        return isOutOfFiles ? ("too many files are open", "Allow the process more open files: see ulimit -n") : nil
    }

    /// Whether nothing can change in the folder of a file, whoever tries.
    static func isOnReadOnlyMedium(_ path: String) -> Bool {
        var status = statvfs()
        return statvfs(path, &status) == 0 && status.f_flag & UInt(ST_RDONLY) != 0
    }

    /// Whether there is nothing with this name.
    static func isMissing(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) != 0 && errno == ENOENT
    }

    /// Whether a file has no content.
    static func isEmptyOrMissing(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 ? errno == ENOENT : status.st_size == 0
    }

    private static func problem(_ part: String, _ number: Int32, _ owner: uid_t?) -> (problem: String, next: String) {
        let words = String(cString: strerror(number))
        guard number == EACCES || number == EPERM, let owner else {
            return ("\(part): \(words)", "Check that it exists, and that usher's user may read and write it")
        }
        return (
            "\(part) belongs to \(name(owner)), and usher runs as \(name(geteuid())): \(words)",
            "Run usher as \(name(owner)), or give \(name(geteuid())) write access to the file and its folder"
        )
    }

    private static func name(_ user: uid_t) -> String {
        guard let entry = getpwuid(user), let name = entry.pointee.pw_name else { return "user \(user)" }
        return "the user \(String(cString: name))"
    }

    /// Whether this process can open no further file.
    private static var isOutOfFiles: Bool {
        let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno == EMFILE || errno == ENFILE }
        close(file)
        return false
    }
}
