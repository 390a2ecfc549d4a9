/// A header field that cannot end its line (RFC 9110 §5); it prints its name only, since its value may be a secret.
package struct HeaderField: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The name: as written in a request, in lower case in a response.
    package let name: String
    /// The value, without white space around it.
    package let value: String

    /// Fields that frame the message or belong to one connection: only the client sets them (RFC 9110 §7.6.1, RFC 9112
    /// §6).
    private static let reserved: Set<String> = [
        "connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    /// Creates a field of a request.
    ///
    /// - Throws: `badRequest` where the name is not a token (RFC 9110 §5.6.2) or is set by the client itself, or where
    ///   the value has a control character other than the tab (RFC 9110 §5.5).
    package init(_ name: String, _ value: String) throws(TransferError) {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenOctet) else {
            throw Self.problem("a header field's name is not a token", "Use letters, digits and hyphens.")
        }
        guard !Self.reserved.contains(name.lowercased()) else {
            throw Self.problem("the header field \(name) is set by the client itself", "Remove it.")
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw Self.problem(
                "the value of the header field \(name) holds a line break or another control character",
                "Remove the character.")
        }
        self.name = name
        self.value = Self.trimmed(value)
    }

    /// Creates a field of a response as libcurl has parsed it.
    init(receivedName: String, value: String) {
        name = receivedName.lowercased()
        self.value = Self.trimmed(value)
    }

    /// The name; never the value.
    package var description: String { "\(name): …" }
    /// A mirror with the name only.
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }

    /// The line in libcurl's form: a semicolon means "no value", where a colon would mean "remove the field".
    var curlLine: String { value.isEmpty ? "\(name);" : "\(name): \(value)" }

    private static func problem(_ problem: String, _ next: String) -> TransferError {
        TransferError(.badRequest, at: "HTTP request", problem: problem, next: next)
    }

    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(octet)
        }
    }

    private static func trimmed(_ value: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let front = value.utf8.drop(while: isBlank)
        guard let last = front.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(Substring(front[...last]))
    }
}
