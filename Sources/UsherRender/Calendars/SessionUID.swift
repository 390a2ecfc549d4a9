package import UsherModel

/// The UID of a session in every calendar object; it never changes (RFC 5545 §3.8.4.7, RFC 7986 §5.3).
///
/// It derives from event and session id alone, not from title, time, machine or job, so that feeds, files and mails agree.
package enum SessionUID {
    /// A UUID of version 8 (RFC 9562 §5.8) made of the digest of both ids.
    package static func text(_ key: SessionKey) -> String {
        var hex = Array(Digest.hex(of: ["session uid", key.event.rawValue, key.session.rawValue]).prefix(32))
        hex[12] = "8"
        hex[16] = "a"
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }
}
