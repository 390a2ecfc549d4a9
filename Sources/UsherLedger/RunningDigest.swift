internal import UsherModel

/// The digest of a list of keys that is too long for memory: each step hashes the digest so far with the next key.
struct RunningDigest {
    private(set) var hex = Digest.hex(of: [])

    mutating func add(_ key: String) { hex = Digest.hex(of: [hex, key]) }
}
