internal import UsherText

/// A multi-status answer of a WebDAV server (RFC 4918 §13): the names and entity tags of several resources.
struct MultiStatus {
    /// The entity tag of each resource, by the decoded last part of its path; empty where the server gives none.
    private(set) var tags: [String: String] = [:]

    /// The most resources in one answer.
    static let maximumResources = 50_000

    /// Reads the body of a 207 answer; nil where it is not a multi-status document.
    init?(_ body: [UInt8]) {
        var reader = MultiStatusReader()
        guard XMLReader.read(body, { reader.read($0) }), reader.isMultiStatus else { return nil }
        tags = reader.tags
    }
}

/// The precondition a request violated, according to the server (RFC 4918 §16).
enum DAVCondition {
    /// The first CalDAV condition in the body (RFC 4791 §5.3.2.1), such as `no-uid-conflict`; nil where it names none.
    static func ofCalendars(in body: [UInt8]) -> String? {
        var condition: String?
        var isInError = false
        let isRead = XMLReader.read(body) { event in
            guard case .start(let namespace, let name) = event else { return true }
            if namespace == DAVNamespace.dav, name == "error" { isInError = true }
            if isInError, condition == nil, namespace == DAVNamespace.calendars { condition = String(name.prefix(60)) }
            return true
        }
        return isRead ? condition : nil
    }
}

private enum DAVNamespace {
    static let dav = "DAV:"
    static let calendars = "urn:ietf:params:xml:ns:caldav"
}

private struct MultiStatusReader {
    private(set) var isMultiStatus = false
    private(set) var tags: [String: String] = [:]
    /// The names of the open elements; nil for those of other namespaces.
    private var open: [String?] = []
    private var (href, tag, status) = ("", "", "")
    /// The text since the last element began; only what is needed of it is kept.
    private var text = ""
    private var entityTag: String?
    private var isInProperties = false

    /// Octets kept of one text; any href or tag is shorter.
    private static let maximumText = 4096

    mutating func read(_ event: XMLReader.Event) -> Bool {
        switch event {
        case .start(let namespace, let name):
            let isDAV = namespace == DAVNamespace.dav
            open.append(isDAV ? name : nil)
            text = ""
            if isDAV { begin(name) }
        case .text(let piece):
            let room = Self.maximumText - text.utf8.count
            if room > 0 { text += piece.utf8.count <= room ? piece : String(piece.unicodeScalars.prefix(room)) }
        case .end: if case .some(let name?) = open.popLast() { end(name) }
        }
        return tags.count <= MultiStatus.maximumResources
    }

    private mutating func begin(_ name: String) {
        switch name {
        case "multistatus": isMultiStatus = true
        case "response": (href, entityTag) = ("", nil)
        case "propstat": (tag, status, isInProperties) = ("", "", true)
        default: break
        }
    }

    private mutating func end(_ name: String) {
        switch name {
        case "href" where href.isEmpty: href = trimmed
        case "getetag": tag = trimmed
        case "status" where isInProperties: status = trimmed
        case "propstat":
            isInProperties = false
            if status.split(separator: " ").dropFirst().first == "200" { entityTag = tag }
        case "response": close()
        default: break
        }
    }

    private mutating func close() {
        let path = href.prefix { $0 != "?" && $0 != "#" }
        guard let entityTag, let last = path.split(separator: "/").last, !path.hasSuffix("/") else { return }
        tags[String(decoding: PercentEncoding.octets(last), as: UTF8.self)] = entityTag
    }

    private var trimmed: String {
        let isBlank: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        let front = text.unicodeScalars.drop(while: isBlank)
        return front.lastIndex { !isBlank($0) }.map { String(front[...$0]) } ?? ""
    }
}
