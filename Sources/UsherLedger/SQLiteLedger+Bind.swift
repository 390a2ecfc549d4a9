internal import CFileIdentity
internal import GRDB
internal import Glibc
internal import UsherModel

/// What a ledger is bound to: a copy that sends would send twice.
///
/// The file remembers what it is bound to, and the machine with the path (`host`), or its own identity (`volume`), or both where it is bound to
/// nothing. It is bound to something else when a person says so in the job file, but only where it is known not to be a copy.
extension SQLiteLedger {
    /// Binds a ledger that is not bound yet, and refuses one that is bound to something else.
    func bind(to host: LedgerHost) async throws(LedgerError) {
        let outcome = try await write("ledger.bind") { db -> BindOutcome in
            let volume = try self.volume()
            let stored = try StoredBinding(db)
            let binding = host.binding ?? stored.kind ?? host.usual
            guard try stored.admits(binding, host, volume, db) else { return .refused(stored) }
            let isMoved = !stored.isEmpty && stored.machine != host.machine && stored.volume != volume.digest
            try StoredBinding(binding, host, volume).store(db)
            return isMoved && binding == .nothing ? .moved : .bound
        }
        switch outcome {
        case .bound: return
        case .moved:
            host.warn(
                "\(location): this ledger was moved or copied since the last run (bind: none). Make sure that no other copy sends"
            )
        case .refused(let stored):
            throw LedgerError(
                .otherHost, location: location, problem: stored.refusal,
                next: "If the original is no longer in use: usher ledger take-over --ledger \(location)")
        }
    }

    /// Binds a ledger to this place, whatever it was bound to.
    func rebind(to host: LedgerHost) async throws(LedgerError) {
        try await write("ledger.take-over") { db in
            try StoredBinding(host.binding ?? host.usual, host, self.volume()).store(db)
        }
    }

    private func volume() throws(LedgerError) -> VolumeIdentity {
        var identity = file_identity()
        let number = file_identity(location, &identity)
        guard number == 0 else {
            throw LedgerError(
                .cannotOpen, location: location, problem: String(cString: strerror(number)),
                next: "Check that the file is there, and that usher's user may read its folder")
        }
        return VolumeIdentity(identity)
    }
}

/// What came of binding a ledger.
private enum BindOutcome: Sendable {
    case bound
    case moved
    case refused(StoredBinding)
}

/// The identity of the ledger's file.
private struct VolumeIdentity: Sendable {
    /// A digest of what a copy does not share with it.
    let digest: String
    /// When the file was made; nil where the file system does not know.
    let madeAt: Instant?

    init(_ identity: file_identity) {
        digest = Digest.hex(of: ["volume", "\(identity.file_system)", "\(identity.inode)", "\(identity.birth)"])
        madeAt = identity.birth == 0 ? nil : Instant(secondsSince1970: identity.birth / 1_000_000_000)
    }
}

/// What the file remembers of its binding.
private struct StoredBinding: Sendable {
    /// What it is bound to; nil where an earlier version bound it to its host, and where it is not bound.
    let kind: LedgerBinding?
    let machine: String?
    let volume: String?

    var isEmpty: Bool { machine == nil && volume == nil }

    var refusal: String {
        volume != nil && machine == nil
            ? "this ledger was created as another file: it was copied, or restored from a backup. A copy that sends would send twice"
            : "this ledger was created on another machine, or under another path: a copy that sends would send twice"
    }

    init(_ db: Database) throws {
        let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM setting WHERE name IN ('bind', 'host', 'volume')")
        var values: [String: String] = [:]
        for row in rows { values[try row.value("name", of: "setting")] = try row.value("value", of: "setting") }
        kind = values["bind"].flatMap { LedgerBinding(rawValue: $0) }
        (machine, volume) = (values["host"], values["volume"])
    }

    init(_ binding: LedgerBinding, _ host: LedgerHost, _ volume: VolumeIdentity) {
        kind = binding
        machine = binding == .volume ? nil : host.machine
        self.volume = binding == .host ? nil : volume.digest
    }

    func store(_ db: Database) throws {
        for (name, value) in [("bind", kind?.rawValue), ("host", machine), ("volume", volume)] {
            if let value {
                try db.execute(
                    sql: """
                        INSERT INTO setting (name, value) VALUES (:name, :value)
                        ON CONFLICT (name) DO UPDATE SET value = :value WHERE value <> :value
                        """,
                    arguments: ["name": name, "value": value])
            } else {
                try db.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
            }
        }
    }

    /// Whether a ledger with this binding may be used, and bound to `binding`, where it is opened.
    func admits(_ binding: LedgerBinding, _ host: LedgerHost, _ volume: VolumeIdentity, _ db: Database) throws -> Bool {
        switch binding {
        case .nothing: true
        case .host: isEmpty || (machine.map { $0 == host.machine } ?? (self.volume == volume.digest))
        case .volume:
            if let stored = self.volume {
                stored == volume.digest
            } else {
                try isEmpty || machine == host.machine || isOriginal(host, volume, db)
            }
        }
    }

    /// Whether the file is certainly no copy, although it was bound to another host name, as in a container.
    ///
    /// The last run must have been in this same boot of this same machine, and the file must be older than the first message that it has marked: a
    /// copy is younger than what is in it.
    private func isOriginal(_ host: LedgerHost, _ volume: VolumeIdentity, _ db: Database) throws -> Bool {
        let owner = try String.fetchOne(db, sql: "SELECT owner FROM run ORDER BY id DESC LIMIT 1")
        guard let boot = owner?.split(separator: ":").first, boot == host.boot, let madeAt = volume.madeAt,
            let first = try Int64.fetchOne(db, sql: "SELECT min(wired_at) FROM delivery")
        else { return false }
        return madeAt < Instant(secondsSince1970: first)
    }
}
