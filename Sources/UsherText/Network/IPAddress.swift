/// An IP address by its 4 or 16 octets.
package struct IPAddress: Hashable, Sendable {
    /// The octets in network order.
    package let octets: [UInt8]

    /// Reads an address without brackets; nil if the text is anything else.
    ///
    /// IPv4 is four decimal numbers, as RFC 6943 §3.1.1 recommends: `127.1`, `0177.0.0.1` and `2130706433`, which some libraries
    /// accept, are names here. IPv6 is as RFC 4291 §2.2 writes it, without a zone.
    package init?(_ text: some StringProtocol) {
        guard let octets = text.utf8.contains(UInt8(ascii: ":")) ? Self.version6(text) : Self.version4(text) else {
            return nil
        }
        self.octets = octets
    }

    /// Creates an address from its octets in network order; nil if they are neither 4 nor 16.
    package init?(octets: [UInt8]) {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        self.octets = octets
    }

    /// Whether it is an address of this machine: 127.0.0.0/8 (RFC 1122 §3.2.1.3) or `::1` (RFC 4291 §2.5.3).
    package var isLoopback: Bool {
        octets.count == 4 ? octets[0] == 127 : octets.dropLast().allSatisfy { $0 == 0 } && octets.last == 1
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            // UInt8(_:) alone would accept a sign and leading zeros, which some readers take for octal.
            guard part.utf8.allSatisfy({ (48...57).contains($0) }), part.utf8.count == 1 || part.utf8.first != 48,
                let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    private static func version6(_ text: some StringProtocol) -> [UInt8]? {
        let text = String(text)
        guard let gap = text.firstRange(of: "::") else {
            return groups(text[...]).flatMap { $0.count == 16 ? $0 : nil }
        }
        let (head, tail) = (text[..<gap.lowerBound], text[gap.upperBound...])
        guard !head.utf8.contains(UInt8(ascii: ".")), let first = groups(head), let last = groups(tail),
            first.count + last.count <= 14
        else { return nil }
        return first + [UInt8](repeating: 0, count: 16 - first.count - last.count) + last
    }

    /// The octets of groups between colons; an IPv4 address may stand for the last two.
    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var octets: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let four = version4(part) else { return nil }
                octets += four
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ Hex.value(of: $0) != nil }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                octets += [UInt8(group >> 8), UInt8(group & 255)]
            }
        }
        return octets
    }
}
