import UsherText

@testable import UsherPublishers

/// Reads the XML of WebDAV servers.
struct MultiStatusTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        readEvents(input)
        let condition = DAVCondition.ofCalendars(in: input)
        check((condition?.count ?? 0) <= 60, "a condition that is too long")
        guard let tags = MultiStatus(input)?.tags else { return }
        // What writes XML leaves out carriage returns and noncharacters; long names are cut.
        let stable = tags.filter { name, tag in
            name.utf8.count < 1000 && !tag.unicodeScalars.contains { $0 == "\r" || $0.value | 1 == 0xFFFF }
        }
        check(MultiStatus(Self.document(stable))?.tags == stable, "names and tags differ after writing and reading")
    }

    /// What a document holds is written, each element with its namespace, and read again.
    private func readEvents(_ input: [UInt8]) {
        guard let events = Self.events(of: input) else { return }
        var (written, open): ([UInt8], [String]) = ([], [])
        for event in events {
            switch event {
            case .start(let namespace, let name):
                // Without a namespace there is no prefix.
                open.append(namespace.isEmpty ? name : "p:\(name)")
                written += "<\(open.last ?? "")".utf8
                written += (namespace.isEmpty ? " xmlns=\"\"" : " xmlns:p=\"\(Self.escaped(namespace))\"").utf8
                written += ">".utf8
            case .text(let text): written += Self.escaped(text).utf8
            case .end: written += "</\(open.popLast() ?? "")>".utf8
            }
        }
        check(Self.events(of: written) == events, "a document differs after writing and reading")
    }

    private static func escaped(_ text: String) -> String {
        MarkupEscape.text(text).replacingOctets(of: "\r", with: "&#13;").replacingOctets(of: "\n", with: "&#10;")
    }

    /// The events of a document, with text in one piece; nil where it is not well-formed.
    private static func events(of document: [UInt8]) -> [XMLReader.Event]? {
        var events: [XMLReader.Event] = []
        let isRead = XMLReader.read(document) { event in
            if case .text(let text) = event {
                guard !text.isEmpty else { return true }
                if case .text(let before)? = events.last {
                    events[events.count - 1] = .text(before + text)
                    return true
                }
            }
            events.append(event)
            return true
        }
        return isRead ? events : nil
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
