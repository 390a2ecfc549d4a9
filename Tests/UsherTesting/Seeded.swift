/// Pseudorandom numbers from a seed (SplitMix64): the same for the same seed.
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    /// Starts a sequence.
    public init(_ seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of several.
    public mutating func one<Element>(of elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }

    /// True once in so many times.
    public mutating func once(in count: UInt64) -> Bool { next() % count == 0 }
}
