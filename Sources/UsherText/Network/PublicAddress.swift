extension IPAddress {
    /// Whether the public Internet routes the address: the IANA special-purpose registries (RFC 6890), read strictly.
    package var isPublic: Bool { PublicBlocks.contains(octets) }
}

/// The address blocks of the IANA registries.
private enum PublicBlocks {
    private struct Block {
        let prefix: [UInt8]
        let bits: Int
    }

    /// The IPv4 blocks that are not public: this network, private, shared, loopback, link-local (and the clouds' metadata),
    /// protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved and broadcast.
    private static let notPublic4 = [
        Block(prefix: [0], bits: 8), Block(prefix: [10], bits: 8), Block(prefix: [100, 64], bits: 10),
        Block(prefix: [127], bits: 8), Block(prefix: [169, 254], bits: 16), Block(prefix: [172, 16], bits: 12),
        Block(prefix: [192, 0, 0], bits: 24), Block(prefix: [192, 0, 2], bits: 24),
        Block(prefix: [192, 88, 99], bits: 24), Block(prefix: [192, 168], bits: 16),
        Block(prefix: [198, 18], bits: 15), Block(prefix: [198, 51, 100], bits: 24),
        Block(prefix: [203, 0, 113], bits: 24), Block(prefix: [224], bits: 4), Block(prefix: [240], bits: 4),
    ]

    /// The part of IPv6 that is global unicast (RFC 4291 §2.4); loopback, private, link-local and multicast are outside it.
    private static let global6 = Block(prefix: [0x20], bits: 3)
    /// The blocks within it that are not public: protocol assignments with Teredo, and documentation (RFC 3849, RFC
    /// 9637).
    private static let notPublic6 = [
        Block(prefix: [0x20, 0x01, 0x00], bits: 23), Block(prefix: [0x20, 0x01, 0x0d, 0xb8], bits: 32),
        Block(prefix: [0x3f, 0xff, 0x00], bits: 20),
    ]

    /// IPv6 blocks that embed an IPv4 address, which is judged instead, and where they do: mapped (RFC 4291 §2.5.5.2), NAT64
    /// (RFC 6052 §2.1), 6to4 (RFC 3056 §2).
    private static let embedding: [(block: Block, offset: Int)] = [
        (Block(prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], bits: 96), 12),
        (Block(prefix: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96), 12),
        (Block(prefix: [0x20, 0x02], bits: 16), 2),
    ]

    static func contains(_ octets: [UInt8]) -> Bool {
        octets.count == 4 ? !notPublic4.contains { matches(octets, $0) } : containsIPv6(octets)
    }

    private static func containsIPv6(_ octets: [UInt8]) -> Bool {
        if let (_, offset) = embedding.first(where: { matches(octets, $0.block) }) {
            return contains(Array(octets[offset..<offset + 4]))
        }
        return matches(octets, global6) && !notPublic6.contains { matches(octets, $0) }
    }

    private static func matches(_ octets: [UInt8], _ block: Block) -> Bool {
        let whole = block.bits / 8
        guard octets.prefix(whole).elementsEqual(block.prefix.prefix(whole)) else { return false }
        let rest = block.bits % 8
        guard rest > 0 else { return true }
        return (octets[whole] ^ block.prefix[whole]) >> UInt8(8 - rest) == 0
    }
}
