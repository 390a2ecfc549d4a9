import Testing
import UsherTesting

@testable import UsherPublishers

/// What a CalDAV server answers does not need work that grows faster than it.
@Suite("work grows as an answer does", .serialized)
struct GrowthTests {
    private static let start =
        "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">"

    @Test(arguments: [
        "<d:response><d:href>/a/b.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
        "<d:response><d:href>/", "<d:a/>", "&amp;", "a", "<!-- -->", "<d:error><c:x/></d:error>", "/", " ", "%41",
    ])
    func multiStatus(_ text: String) async throws {
        for open in ["", "<d:response><d:href>"] {
            try await Growth.expectLinear("multistatus of \(text)") {
                Array((Self.start + open + String(repeating: text, count: $0 / text.utf8.count + 1)).utf8)
                    + Array((open.isEmpty ? "" : "</d:href></d:response>").utf8) + Array("</d:multistatus>".utf8)
            } work: {
                _ = MultiStatus($0)
                _ = DAVCondition.ofCalendars(in: $0)
            }
        }
    }

    /// Entities, attributes, namespaces and whatever else a document may declare.
    @Test(arguments: [
        "entities", "one long entity", "nested entities", "attributes", "namespaces", "nesting", "comments",
    ])
    func declarations(_ kind: String) async throws {
        try await Growth.expectLinear("multistatus with \(kind)", size: 1024) { size in
            Array(Self.document(kind, size).utf8)
        } work: {
            _ = MultiStatus($0)
            _ = DAVCondition.ofCalendars(in: $0)
        }
    }

    /// No entity is expanded; what only looks like one is read.
    @Test(arguments: [
        ("<!-- it's \"a <!DOCTYPE --><?a it's ?>", "", true), ("<!DOCTYPE m [<!ENTITY e \"/a/b.ics\">]>", "", false),
        ("", (0..<2000).map { "b\($0)='>' " }.joined(), true), ("", "b='>' c=\">'\" ", true),
    ])
    func onlyWhatAWebDAVServerSendsIsRead(_ before: String, _ attributes: String, isRead: Bool) {
        let text =
            "<?xml version=\"1.0\"?>\(before)<d:multistatus xmlns:d=\"DAV:\"><d:response \(attributes)><d:href><![CDATA[/a/b.ics]]></d:href>"
            + "<d:propstat><d:prop><d:getetag>\"1\"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
        let tags = MultiStatus(Array(text.utf8))?.tags
        if isRead { #expect(tags?.count == 1) } else { #expect(tags == nil) }
    }

    private static func document(_ kind: String, _ size: Int) -> String {
        func all(_ count: Int, _ text: (Int) -> String) -> String { (0..<count).map(text).joined() }
        func entities(_ declarations: String, _ text: String) -> String {
            "<?xml version=\"1.0\"?><!DOCTYPE m [\(declarations)]><m xmlns=\"DAV:\"><response><href>\(text)</href></response></m>"
        }
        let count = size / 16
        switch kind {
        case "entities":
            return entities(all(count) { "<!ENTITY a\($0) \"b\">" }, all(count) { "&a\($0);" })
        case "one long entity":
            return entities(
                "<!ENTITY a \"\(String(repeating: "b", count: size))\">", String(repeating: "&a;", count: size / 3))
        case "nested entities":
            let depth = max(2, size.bitWidth - size.leadingZeroBitCount)
            return entities(
                "<!ENTITY a0 \"b\">" + all(depth) { "<!ENTITY a\($0 + 1) \"&a\($0);&a\($0);\">" }, "&a\(depth);")
        case "attributes": return start + "<d:a \(all(count) { "b\($0)='' " })/></d:multistatus>"
        case "namespaces":
            let names = all(count) { "xmlns:n\($0)='u\($0)' " }
            return start + "<d:a \(names)>" + all(count) { "<n\($0):b/>" } + "</d:a></d:multistatus>"
        case "nesting": return start + all(count) { _ in "<d:a>" } + all(count) { _ in "</d:a>" } + "</d:multistatus>"
        default: return start + all(count) { _ in "<!-- - -- -->" } + "</d:multistatus>"
        }
    }
}
