/// Looks up a recognized name by its bytes, ignoring case, without creating a string.
///
/// A hash table with open addressing; the number of slots is a power of two, and at most half are occupied.
struct NameTable<Name: Sendable>: Sendable {
    private let names: [Name]
    /// All names in uppercase, concatenated, and the end of each.
    private let bytes: [UInt8]
    private let ends: [Int]
    /// The index of a name in `names`, or -1.
    private var slots: [Int16]

    init(_ names: [Name], text: (Name) -> String) {
        self.names = names
        var (all, ends): ([UInt8], [Int]) = ([], [])
        for name in names {
            all.append(contentsOf: text(name).utf8)
            ends.append(all.count)
        }
        (self.bytes, self.ends) = (all, ends)
        var size = 16
        while size < names.count * 2 { size *= 2 }
        slots = [Int16](repeating: -1, count: size)
        for index in names.indices {
            let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
            var slot = Int(truncatingIfNeeded: Self.hash(all.span.extracting(range))) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int16(index)
        }
    }

    /// The recognized name with these bytes, or nil.
    func find(_ text: Span<UInt8>) -> Name? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(text)) & mask
        while true {
            let index = Int(slots[slot])
            if index < 0 { return nil }
            if spells(text, index) { return names[index] }
            slot = (slot + 1) & mask
        }
    }

    private func spells(_ text: Span<UInt8>, _ index: Int) -> Bool {
        let start = index == 0 ? 0 : ends[index - 1]
        guard ends[index] - start == text.count else { return false }
        for offset in 0..<text.count where Self.capital(text[offset]) != bytes[start + offset] { return false }
        return true
    }

    /// FNV-1a over the uppercase bytes.
    private static func hash(_ text: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in 0..<text.count { hash = (hash ^ UInt32(capital(text[index]))) &* 16_777_619 }
        return hash ^ hash >> 15
    }

    private static func capital(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & 0xDF : byte
    }
}
