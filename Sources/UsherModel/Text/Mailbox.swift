/// A display name and an address: the `mailbox` of RFC 5322 §3.4.
public struct Mailbox: Hashable, Sendable, CustomStringConvertible {
    /// The display name; may be empty.
    public let name: Line
    /// The address.
    public let address: Address

    /// Creates a mailbox from its parts.
    public init(name: Line, address: Address) {
        self.name = name
        self.address = address
    }

    /// Reads `Name <local@domain>`, `"Name" <local@domain>` or a bare address.
    ///
    /// - Throws: ``Address/Problem`` if the address is not valid.
    public init(_ text: String) throws(Address.Problem) {
        guard text.last == ">", let open = text.lastIndex(of: "<") else {
            self.init(name: Line(cleaning: ""), address: try Address(text))
            return
        }
        var name = Line(cleaning: String(text[..<open])).text
        if name.count >= 2, name.first == "\"", name.last == "\"" { name = String(name.dropFirst().dropLast()) }
        let address = try Address(String(text[text.index(after: open)...].dropLast()))
        self.init(name: Line(cleaning: name), address: address)
    }

    /// `Name <local@domain>`, for people to read; message headers encode it themselves.
    public var description: String { name.isEmpty ? address.text : "\(name.text) <\(address.text)>" }
}
