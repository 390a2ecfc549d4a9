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
}
