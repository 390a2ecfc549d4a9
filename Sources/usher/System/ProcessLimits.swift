import Foundation

/// The limits that the system sets to this process, and below which it would crash or fail in riddles.
enum ProcessLimits {
    /// Octets of address space: the libraries alone take more than half of it.
    private static let addressSpace: UInt64 = 256 << 20
    /// Open files: the ledger has three, a connection two.
    private static let openFiles: UInt64 = 32

    /// Forbids core dumps, of this process and of those that it starts: a dump would hold every secret that was read.
    static func forbidCoreDumps() {
        var limits = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(Int32(RLIMIT_CORE.rawValue), &limits)
    }

    /// What is too little, and what to do; nil where everything suffices.
    static func problem() -> String? {
        let space = limit(Int32(RLIMIT_AS.rawValue))
        guard space >= addressSpace else {
            return
                "usher may use \(space >> 20) MB of address space (ulimit -v), and needs \(addressSpace >> 20) MB. Raise the limit"
        }
        let files = limit(Int32(RLIMIT_NOFILE.rawValue))
        guard files >= openFiles || raiseOpenFiles() else {
            return "usher may open \(files) files (ulimit -n), and needs \(openFiles). Raise the limit"
        }
        return nil
    }

    /// The limit as it is; the largest number for none.
    private static func limit(_ resource: Int32) -> UInt64 {
        var limits = rlimit()
        return getrlimit(resource, &limits) == 0 ? UInt64(limits.rlim_cur) : .max
    }

    /// Raises the number of open files as far as the system allows without privileges.
    private static func raiseOpenFiles() -> Bool {
        var limits = rlimit()
        guard getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limits) == 0, limits.rlim_max >= rlim_t(openFiles) else {
            return false
        }
        limits.rlim_cur = min(limits.rlim_max, 1024)
        return setrlimit(Int32(RLIMIT_NOFILE.rawValue), &limits) == 0
    }
}
