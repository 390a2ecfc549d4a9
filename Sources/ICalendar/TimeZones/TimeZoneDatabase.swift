import Synchronization

/// The zones of a tz database folder by their IANA names; each is read once and cached.
public final class TimeZoneDatabase: Sendable {
    /// The names of UTC, which need no database (RFC 9636 §4, BCP 175).
    private static let namesOfUTC: Set<String> = [
        "UTC", "UCT", "Zulu", "Universal", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/Universal",
    ]
    /// Files next to the zones on many systems whose meaning depends on the system, or which count leap seconds.
    private static let namesOfOthers: Set<Substring> = ["localtime", "posixrules", "Factory", "posix", "right"]

    /// The folder.
    public let folder: String
    private let cache = Mutex<[String: TimeZoneRules]>([:])

    /// Creates a database for a folder.
    ///
    /// Nothing is read until a zone is requested.
    public init(path folder: String = "/usr/share/zoneinfo") {
        self.folder = folder
    }

    /// Whether there is a database: the folder exists.
    public var isInstalled: Bool { FileBytes.isFolder(folder) }

    /// Returns the rules of a zone by its IANA name or alias.
    ///
    /// A former name is found under its current one, and the other way round, where the folder has only one of the two.
    ///
    /// - Parameter id: A name such as `Europe/Berlin`, case-sensitive.
    /// - Returns: The rules as they were at the first call for this name.
    /// - Throws: ``TimeZoneError`` if the zone does not exist or its file cannot be read.
    public func rules(for id: String) throws(TimeZoneError) -> TimeZoneRules {
        if Self.namesOfUTC.contains(id) { return .utc }
        if let rules = cache.withLock({ $0[id] }) { return rules }
        let rules = try load(id, others: ZoneAliases.others(of: id)[...])
        cache.withLock { $0[id] = rules }
        return rules
    }

    private func load(_ id: String, others: ArraySlice<String>) throws(TimeZoneError) -> TimeZoneRules {
        do throws(TimeZoneError) {
            return try load(id)
        } catch {
            guard error.code == .unknownZone, let other = others.first else { throw error }
            do throws(TimeZoneError) {
                return try load(other, others: others.dropFirst())
            } catch {
                throw error.code == .unknownZone ? unknown(id) : error
            }
        }
    }

    private func load(_ id: String) throws(TimeZoneError) -> TimeZoneRules {
        guard Self.isSafe(id) else { throw unknown(id) }
        let bytes = try bytes(of: id)
        // The folder also contains tables and lists.
        guard bytes.starts(with: "TZif".utf8) else { throw unknown(id) }
        do throws(TimeZoneError) {
            return try TimeZoneRules(tzif: bytes)
        } catch {
            throw TimeZoneError(code: error.code, location: "\(folder)/\(id)", problem: error.problem, next: error.next)
        }
    }

    private func bytes(of id: String) throws(TimeZoneError) -> [UInt8] {
        switch FileBytes.read("\(folder)/\(id)") {
        case .bytes(let bytes): return bytes
        case .noFile where FileBytes.isFolder(folder): throw unknown(id)
        case .noFile:
            throw TimeZoneError(
                code: .noDatabase, location: folder, problem: "no tz database to look up “\(id)”",
                next: "Install it (package tzdata).")
        case .failure(let reason):
            throw TimeZoneError(
                code: .unreadable, location: "\(folder)/\(id)", problem: reason, next: "Make the file readable.")
        }
    }

    /// Whether a name cannot leave the folder: its parts are letters, digits and `+-._`, and none is `.` or `..`.
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
            code: .unknownZone, location: "time zone “\(Token.printable(id))”", problem: "not in the tz database",
            next: "Use an IANA name such as Europe/Berlin.")
    }
}
