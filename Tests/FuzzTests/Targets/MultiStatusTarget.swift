import UsherText

@testable import UsherPublishers

/// Reads the XML of WebDAV servers.
struct MultiStatusTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let condition = DAVCondition.ofCalendars(in: input)
        check((condition?.count ?? 0) <= 60, "a condition that is too long")
        guard let tags = MultiStatus(input)?.tags else { return }
        // XML has no carriage return within text.
        let stable = tags.filter { !$0.value.unicodeScalars.contains("\r") }
        check(MultiStatus(Self.document(stable))?.tags == stable, "names and tags differ after writing and reading")
    }

    private static func document(_ tags: [String: String]) -> [UInt8] {
        let responses = tags.map { name, tag -> XMLText in
            let path = PercentEncoding.encode(name, keeping: .unreserved)
            return """
                <d:response><d:href>/c/\(path)</d:href><d:propstat><d:prop><d:getetag>\(tag)</d:getetag></d:prop>\
                <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
                """
        }
        let document: XMLText = """
            <d:multistatus xmlns:d="DAV:">\(XMLText(joining: responses))</d:multistatus>
            """
        return Array(document.text.utf8)
    }
}
