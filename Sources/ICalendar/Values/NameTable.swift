/// Finds a known name by its bytes, in whatever case they are, without making a string of them.
///
/// Open addressing over a power of two of slots, at most half of them taken.
struct NameTable<Name: Sendable>: Sendable {
    private let names: [Name]
    /// All names in capitals, one after the other, and where each one ends.
    private let bytes: [UInt8]
    private let ends: [Int]
    /// The place of a name in `names`, or -1.
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
        for place in names.indices {
            let range = (place == 0 ? 0 : ends[place - 1])..<ends[place]
            var slot = Int(truncatingIfNeeded: Self.hash(all.span.extracting(range))) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int16(place)
        }
    }

    /// The known name that the bytes spell; nil where there is none.
    func find(_ text: Span<UInt8>) -> Name? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(text)) & mask
        while true {
            let place = Int(slots[slot])
            if place < 0 { return nil }
            if spells(text, place) { return names[place] }
            slot = (slot + 1) & mask
        }
    }

    private func spells(_ text: Span<UInt8>, _ place: Int) -> Bool {
        let start = place == 0 ? 0 : ends[place - 1]
        guard ends[place] - start == text.count else { return false }
        for offset in 0..<text.count where Self.capital(text[offset]) != bytes[start + offset] { return false }
        return true
    }

    /// FNV-1a over capitals.
    private static func hash(_ text: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for place in 0..<text.count { hash = (hash ^ UInt32(capital(text[place]))) &* 16_777_619 }
        return hash ^ hash >> 15
    }

    private static func capital(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & 0xDF : byte
    }
}
