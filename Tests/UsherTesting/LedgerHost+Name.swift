package import UsherModel

/// A host of which nothing but the name is known.
extension LedgerHost: ExpressibleByStringLiteral {
    package init(stringLiteral name: String) {
        self.init(machine: name, boot: "", binding: nil, usual: .host, warn: { _ in })
    }
}
