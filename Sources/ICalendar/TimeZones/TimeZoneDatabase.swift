import Synchronization

/// The zones of a tz database folder, by their IANA names, read once and kept.
public final class TimeZoneDatabase: Sendable {
    /// RFC 9636 §4 and BCP 175: the names that all mean UTC; they need no database.
    private static let namesOfUTC: Set<String> = [
        "UTC", "UCT", "Zulu", "Universal", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/Universal",
    ]
    /// Files that lie beside the zones on many systems and mean another thing on each, or count leap seconds.
    private static let namesOfOthers: Set<Substring> = ["localtime", "posixrules", "Factory", "posix", "right"]

    private let folder: String
    private let known = Mutex<[String: TimeZoneRules]>([:])

    /// A database in a folder; nothing is read before a zone is asked for.
    public init(path folder: String = "/usr/share/zoneinfo") {
        self.folder = folder
    }

    /// The rules of the zone with an IANA name, an alias too.
    ///
    /// - Parameter id: Such as `Europe/Berlin`; upper and lower case matter.
    /// - Returns: The rules as the database has them at the first call.
    /// - Throws: ``TimeZoneError`` where there is no such zone, or its file cannot be read or is broken.
    public func rules(for id: String) throws(TimeZoneError) -> TimeZoneRules {
        if Self.namesOfUTC.contains(id) { return .utc }
        if let rules = known.withLock({ $0[id] }) { return rules }
        let rules = try load(id)
        known.withLock { $0[id] = rules }
        return rules
    }

    private func load(_ id: String) throws(TimeZoneError) -> TimeZoneRules {
        guard Self.isSafe(id) else { throw unknown(id) }
        let bytes = try bytes(of: id)
        // Tables and lists lie in the same folder.
        guard bytes.starts(with: "TZif".utf8) else { throw unknown(id) }
        do throws(TimeZoneError) {
            return try TimeZoneRules(tzif: bytes)
        } catch {
            throw TimeZoneError(code: error.code, place: "\(folder)/\(id)", found: error.found, next: error.next)
        }
    }

    private func bytes(of id: String) throws(TimeZoneError) -> [UInt8] {
        switch FileBytes.read("\(folder)/\(id)") {
        case .bytes(let bytes): return bytes
        case .noFile where FileBytes.isFolder(folder): throw unknown(id)
        case .noFile:
            throw TimeZoneError(
                code: .noDatabase, place: folder, found: "no tz database, so “\(id)” cannot be looked up",
                next: "Install it (package tzdata).")
        case .failure(let reason):
            throw TimeZoneError(
                code: .unreadable, place: "\(folder)/\(id)", found: reason, next: "Make the file readable.")
        }
    }

    /// Whether a name stays in the folder: parts of letters, digits and `+-._`, none of them `.` or `..`.
    private static func isSafe(_ id: String) -> Bool {
        guard !id.isEmpty, id.utf8.count <= 255 else { return false }
        let parts = id.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, !namesOfOthers.contains(first) else { return false }
        return parts.allSatisfy { $0 != "." && $0 != ".." && !$0.isEmpty && $0.utf8.allSatisfy(isAllowed) }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
        case UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    private func unknown(_ id: String) -> TimeZoneError {
        TimeZoneError(
            code: .unknownZone, place: "time zone “\(Token.printable(id))”", found: "not in the tz database",
            next: "Write an IANA name such as Europe/Berlin.")
    }
}
