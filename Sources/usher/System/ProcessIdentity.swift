import Foundation
import UsherModel

/// Identifies this process and this host, so that a lease of a dead process can be recognized.
enum ProcessIdentity {
    /// `boot:pid:start:namespace`, which is unique to this process on this machine.
    static func owner() -> Owner {
        let pid = ProcessInfo.processInfo.processIdentifier
        return Owner(rawValue: "\(bootID()):\(pid):\(startTime(of: pid) ?? "0"):\(namespace())")
    }

    /// Whether the process of an owner may still be running; false only where it certainly is not.
    ///
    /// A process in another PID namespace, as in another container, cannot be seen from here: it counts as running until its lease ends.
    ///
    /// - Parameters:
    ///   - owner: The owner.
    ///   - binding: What the ledger is bound to: other machines may use one that is not bound to this one.
    /// - Returns: Whether it may be running.
    static func isAlive(_ owner: Owner, on binding: LedgerBinding) -> Bool {
        let parts = owner.rawValue.split(separator: ":")
        guard parts.count >= 3, let pid = Int32(parts[1]) else { return false }
        guard parts[0] == bootID() else { return binding != .host }
        // An earlier version did not say in which namespace it ran.
        if parts.count > 3, parts[3] != namespace() { return true }
        return startTime(of: pid) == String(parts[2])
    }

    /// The place at which a ledger is opened.
    ///
    /// - Parameters:
    ///   - path: The ledger.
    ///   - binding: What it is to be bound to, if that was said.
    ///   - terminal: Where warnings go.
    /// - Returns: The place.
    static func host(ledger path: String, _ binding: LedgerBinding?, _ terminal: Terminal) -> LedgerHost {
        let folder = URL(filePath: path).deletingLastPathComponent().resolvingSymlinksInPath().path
        let machine = Digest.hex(of: [
            "host", machineID()?.text ?? ProcessInfo.processInfo.hostName, folder,
            URL(filePath: path).lastPathComponent,
        ])
        return LedgerHost(
            machine: machine, boot: bootID(), binding: binding, usual: usualBinding(),
            warn: { terminal.warn("warning: \($0)") })
    }

    /// A machine is known by its id; a container by nothing that lasts, so there it is the volume.
    static func usualBinding() -> LedgerBinding {
        guard let id = machineID() else { return .volume }
        let signs = ["/.dockerenv", "/run/.containerenv"]
        let isContainer =
            ProcessInfo.processInfo.environment["KUBERNETES_SERVICE_HOST"] != nil
            || signs.contains { FileManager.default.fileExists(atPath: $0) }
        return isContainer && !isMounted(id.file) ? .volume : .host
    }

    /// Whether someone has mounted the machine's own id into a container: what an image brings along is the same wherever it runs.
    private static func isMounted(_ path: String) -> Bool {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        var (inside, outside) = (stat(), stat())
        return stat(path, &inside) == 0 && stat(folder, &outside) == 0 && inside.st_dev != outside.st_dev
    }

    /// `/etc/machine-id` (machine-id(5)); nil where there is none, as in small containers.
    private static func machineID() -> (file: String, text: String)? {
        for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
            if let id = text(path), !id.isEmpty { return (path, id) }
        }
        return nil
    }

    /// The number of this process's PID namespace (pid_namespaces(7)), of `pid:[4026531836]`.
    private static func namespace() -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/pid", &buffer, buffer.count)
        return String(
            decoding: buffer.prefix(max(count, 0)).map(UInt8.init).filter { (48...57).contains($0) }, as: UTF8.self)
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
