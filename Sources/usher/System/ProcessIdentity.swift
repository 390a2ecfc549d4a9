import Foundation
import UsherModel

/// Identifies this process and this host, so that a lease of a dead process can be recognized.
enum ProcessIdentity {
    /// `boot:pid:start`, which is unique to this process on this host.
    static func owner() -> Owner {
        let pid = ProcessInfo.processInfo.processIdentifier
        return Owner(rawValue: "\(bootID()):\(pid):\(startTime(of: pid) ?? "0")")
    }

    /// Whether the process of an owner is still running on this host.
    static func isAlive(_ owner: Owner) -> Bool {
        let parts = owner.rawValue.split(separator: ":")
        guard parts.count == 3, parts[0] == bootID(), let pid = Int32(parts[1]) else { return false }
        return startTime(of: pid) == String(parts[2])
    }

    /// The host id that a ledger is bound to: a digest of the machine id and the ledger's path.
    static func host(ledger path: String) -> String {
        let folder = URL(filePath: path).deletingLastPathComponent().resolvingSymlinksInPath().path
        return Digest.hex(of: ["host", machineID(), folder, URL(filePath: path).lastPathComponent])
    }

    /// `/etc/machine-id` (machine-id(5)), or the host name where there is none, as in small containers.
    private static func machineID() -> String {
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            if let id = text(path), !id.isEmpty { return id }
        }
        return ProcessInfo.processInfo.hostName
    }

    private static func bootID() -> String { text("/proc/sys/kernel/random/boot_id") ?? "unknown" }

    /// The start time in clock ticks since boot: field 22 of `/proc/PID/stat` (proc(5)).
    ///
    /// The second field, the command in parentheses, may itself contain spaces and parentheses.
    private static func startTime(of pid: Int32) -> String? {
        guard let stat = text("/proc/\(pid)/stat"), let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[close...].split(separator: " ")
        return fields.count > 20 ? String(fields[20]) : nil
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
