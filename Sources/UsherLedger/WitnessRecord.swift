/// What the witness of a ledger keeps of one commit.
///
/// On disk: a mark, the length, the kind, the ledger's id, eight numbers, the number of entries, the entries, and a checksum of all that;
/// everything is little-endian.
struct WitnessRecord: Hashable, Sendable {
    /// What was committed.
    enum Kind: UInt32, Sendable {
        /// Wire marks: these deliveries may have left.
        case marks = 1
        /// Something that must not be forgotten, and about which no keys are kept.
        case changes = 2
        /// Deliveries that are recorded as told and were not sent.
        case adopted = 3
    }

    /// One delivery.
    struct Entry: Hashable, Sendable {
        /// The first 8 octets of its key.
        let key: UInt64
        /// The first 4 octets of the digest of the facts that it told; 0 where they are not known.
        let facts: UInt32
    }

    /// The state of the ledger's main file, as far as it shows whether the file was replaced.
    struct MainFile: Hashable, Sendable {
        var size: Int64 = 0
        /// The time of its last change, in nanoseconds.
        var changedAt: Int64 = 0
    }

    var kind: Kind
    /// The first 8 octets of the ledger's id.
    var ledger: UInt64
    /// The number of marks before the commit and after it.
    var before: Int64
    var told: Int64
    /// The number of changes after the commit that must not be forgotten.
    var changes: Int64
    /// The number of the ledger's newest secret.
    var secret: Int64
    /// The time of the run; 0 where it is not known.
    var at: Int64
    /// Real time; 0 where it is not known.
    var clock: Int64
    var main: MainFile
    var entries: [Entry]

    // MARK: Octets

    /// How many octets a record takes without its entries, and each entry.
    static let (fixedBytes, entryBytes) = (96, 12)

    private static let mark = Array("ushrwit1".utf8)

    var bytes: [UInt8] {
        var bytes = Self.mark
        let length = Self.fixedBytes + entries.count * Self.entryBytes
        bytes.reserveCapacity(length)
        bytes.append(UInt32(truncatingIfNeeded: length))
        bytes.append(kind.rawValue)
        bytes.append(ledger)
        for number in [before, told, changes, secret, at, clock, main.size, main.changedAt] { bytes.append(number) }
        for entry in entries {
            bytes.append(entry.key)
            bytes.append(entry.facts)
        }
        bytes.append(Self.checksum(bytes[...]))
        return bytes
    }

    /// Reads the record that begins at an offset; nil where there is none, or a torn one.
    init?(in bytes: [UInt8], at start: Int) {
        guard start + Self.fixedBytes <= bytes.count, bytes[start..<start + 8].elementsEqual(Self.mark) else {
            return nil
        }
        var reader = NumberReader(bytes: bytes, at: start + 8)
        let length = Int(reader.next() as UInt32)
        guard length >= Self.fixedBytes, (length - Self.fixedBytes) % Self.entryBytes == 0,
            start + length <= bytes.count, let kind = Kind(rawValue: reader.next())
        else { return nil }
        var sum = NumberReader(bytes: bytes, at: start + length - 8)
        guard sum.next() == Self.checksum(bytes[start..<start + length - 8]) else { return nil }
        self.kind = kind
        ledger = reader.next()
        (before, told, changes, secret) = (reader.next(), reader.next(), reader.next(), reader.next())
        (at, clock) = (reader.next(), reader.next())
        main = MainFile(size: reader.next(), changedAt: reader.next())
        entries = []
        entries.reserveCapacity((length - Self.fixedBytes) / Self.entryBytes)
        for _ in 0..<(length - Self.fixedBytes) / Self.entryBytes {
            entries.append(Entry(key: reader.next(), facts: reader.next()))
        }
    }

    init(
        _ kind: Kind, ledger: UInt64, before: Int64, told: Int64, changes: Int64, secret: Int64, at: Int64,
        clock: Int64,
        main: MainFile, entries: [Entry]
    ) {
        (self.kind, self.ledger, self.before, self.told, self.changes) = (kind, ledger, before, told, changes)
        (self.secret, self.at, self.clock, self.main, self.entries) = (secret, at, clock, main, entries)
    }

    /// How long the record is on disk.
    var length: Int { Self.fixedBytes + entries.count * Self.entryBytes }

    /// The records in some octets, in their order; what is torn between them is left out.
    ///
    /// - Returns: The records, and the offset after the last one.
    static func all(in bytes: [UInt8]) -> (records: [WitnessRecord], end: Int) {
        var records: [WitnessRecord] = []
        var (offset, end) = (0, 0)
        while offset + fixedBytes <= bytes.count {
            if let record = WitnessRecord(in: bytes, at: offset) {
                records.append(record)
                offset += record.length
                end = offset
            } else {
                offset = bytes[(offset + 1)...].firstIndex(of: mark[0]) ?? bytes.count
            }
        }
        return (records, end)
    }

    /// FNV-1a over numbers of four octets: it has to notice a write that broke off, not a forger, who could write any record.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBytes { buffer in
            var sum: UInt64 = 0xcbf2_9ce4_8422_2325
            for offset in stride(from: 0, to: buffer.count, by: 4) {
                sum = (sum ^ UInt64(buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))) &* 0x100_0000_01b3
                sum ^= sum >> 29
            }
            return sum
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

/// Reads little-endian numbers one after the other; the caller has checked that they are there.
private struct NumberReader {
    let bytes: [UInt8]
    var offset: Int

    init(bytes: [UInt8], at offset: Int) { (self.bytes, self.offset) = (bytes, offset) }

    mutating func next<Number: FixedWidthInteger>() -> Number {
        let start = offset
        offset += MemoryLayout<Number>.size
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self)) }
    }
}

/// What a witness says in sum.
struct Witness: Hashable, Sendable {
    /// The ledger that it is of.
    let ledger: UInt64
    /// The largest numbers in it.
    let (told, changes, secret): (Int64, Int64, Int64)
    /// The time of the run at the last mark, or at the last commit where no mark has a time; nil where it is not known.
    let at: Int64?
    /// The ledger's main file, when the last record was written.
    let main: WitnessRecord.MainFile
    /// The numbers of marks about which the records say nothing, between the first record and the last.
    let gaps: [ClosedRange<Int64>]

    /// Whether the ledger had told no one, and nothing had changed.
    var isOfNewLedger: Bool { told == 0 && changes == 0 }

    init?(_ records: [WitnessRecord]) {
        guard let last = records.last else { return nil }
        let records = records.filter { $0.ledger == last.ledger }
        ledger = last.ledger
        told = records.map(\.told).max() ?? 0
        changes = records.map(\.changes).max() ?? 0
        secret = records.map(\.secret).max() ?? 0
        at = records.map(\.at).max().flatMap { $0 == 0 ? nil : $0 }
        main = last.main
        gaps = Self.gaps(in: records, from: records.map(\.before).min() ?? 0, to: told)
    }

    /// The numbers after `from`, up to and including `to`, that no record covers.
    static func gaps(in records: [WitnessRecord], from: Int64, to: Int64) -> [ClosedRange<Int64>] {
        var covered = from
        var gaps: [ClosedRange<Int64>] = []
        for record in records.sorted(by: { $0.before < $1.before }) {
            if record.before > covered, covered < to { gaps.append(covered + 1...min(record.before, to)) }
            covered = max(covered, record.told)
        }
        if covered < to { gaps.append(covered + 1...to) }
        return gaps
    }
}
