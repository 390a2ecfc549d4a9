internal import UsherModel

/// The digest of a list of keys that is too long to hold: each step hashes what came before with what comes.
struct RunningDigest {
    private(set) var hex = Digest.hex(of: [])

    mutating func add(_ key: String) { hex = Digest.hex(of: [hex, key]) }
}
