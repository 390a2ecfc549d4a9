/// Builds TZif data for tests (RFC 9636 §3).
struct TZif {
    var version = UInt8(ascii: "2")
    var transitions: [(at: Int64, type: UInt8)] = []
    var types: [(east: Int32, isDaylight: UInt8, name: UInt8)] = [(0, 0, 0)]
    var characters = Array("UTC\0".utf8)
    var leapSeconds: UInt32 = 0
    var footer: String? = ""

    func bytes() -> [UInt8] {
        guard version != 0 else { return block(timeBytes: 4) }
        return block(timeBytes: 4) + block(timeBytes: 8) + Array((footer.map { "\n\($0)\n" } ?? "").utf8)
    }

    private func block(timeBytes: Int) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        let counts = [0, 0, leapSeconds, UInt32(transitions.count), UInt32(types.count), UInt32(characters.count)]
        for count in counts { bytes += Self.big(Int64(count), 4) }
        for transition in transitions { bytes += Self.big(transition.at, timeBytes) }
        bytes += transitions.map(\.type)
        for type in types { bytes += Self.big(Int64(type.east), 4) + [type.isDaylight, type.name] }
        bytes += characters
        return bytes + [UInt8](repeating: 0, count: Int(leapSeconds) * (timeBytes + 4))
    }

    private static func big(_ number: Int64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
