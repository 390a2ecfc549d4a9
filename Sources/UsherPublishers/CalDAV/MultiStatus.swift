internal import Foundation
internal import FoundationXML
internal import UsherText

/// A multi-status answer of a WebDAV server (RFC 4918 §13): the names and entity tags of several resources.
struct MultiStatus {
    /// The entity tag of each resource, by the decoded last part of its path; empty where the server gives none.
    private(set) var tags: [String: String] = [:]

    /// The most resources in one answer.
    static let maximumResources = 50_000

    /// Reads the body of a 207 answer; nil where it is not a multi-status document.
    init?(_ body: [UInt8]) {
        let reader = MultiStatusReader()
        guard DAVDocument.parse(body, reader), reader.isMultiStatus else { return nil }
        tags = reader.tags
    }
}

/// The precondition a request violated, according to the server (RFC 4918 §16).
enum DAVCondition {
    /// The first CalDAV condition in the body (RFC 4791 §5.3.2.1), such as `no-uid-conflict`; nil where it names none.
    static func ofCalendars(in body: [UInt8]) -> String? {
        let reader = ConditionReader()
        guard DAVDocument.parse(body, reader) else { return nil }
        return reader.condition
    }
}

/// XML as WebDAV servers send it: with namespaces, and without external entities.
private enum DAVDocument {
    static let dav = "DAV:"
    static let calendars = "urn:ietf:params:xml:ns:caldav"

    /// Parses a document; false where it is not well-formed.
    static func parse(_ body: [UInt8], _ reader: some XMLParserDelegate) -> Bool {
        let parser = XMLParser(data: Data(body))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        return parser.parse()
    }
}

private final class MultiStatusReader: NSObject, XMLParserDelegate {
    private(set) var isMultiStatus = false
    private(set) var tags: [String: String] = [:]
    private var (href, tag, status, text) = ("", "", "", "")
    private var entityTag: String?
    private var isInProperties = false

    /// Octets kept of one text; any href or tag is shorter.
    private static let maximumText = 4096

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
        guard namespaceURI == DAVDocument.dav else { return }
        switch name {
        case "multistatus": isMultiStatus = true
        case "response": (href, entityTag) = ("", nil)
        case "propstat": (tag, status, isInProperties) = ("", "", true)
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) {
        guard text.utf8.count < Self.maximumText else { return }
        text += characters
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard namespaceURI == DAVDocument.dav else { return }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        switch name {
        case "href" where href.isEmpty: href = value
        case "getetag": tag = value
        case "status" where isInProperties: status = value
        case "propstat":
            isInProperties = false
            if status.split(separator: " ").dropFirst().first == "200" { entityTag = tag }
        case "response": close(parser)
        default: break
        }
    }

    private func close(_ parser: XMLParser) {
        let path = href.prefix { $0 != "?" && $0 != "#" }
        guard let entityTag, let last = path.split(separator: "/").last, !path.hasSuffix("/") else { return }
        tags[String(decoding: PercentEncoding.octets(last), as: UTF8.self)] = entityTag
        if tags.count > MultiStatus.maximumResources { parser.abortParsing() }
    }
}

private final class ConditionReader: NSObject, XMLParserDelegate {
    private(set) var condition: String?
    private var isInError = false

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if namespaceURI == DAVDocument.dav, name == "error" { isInError = true }
        guard isInError, condition == nil, namespaceURI == DAVDocument.calendars else { return }
        condition = String(name.prefix(60))
    }
}
