internal import UsherCredentials
internal import UsherModel
package import UsherText

/// Reads a collection page by page.
///
/// Source: Microsoft Graph, "paging": `@odata.nextLink` is followed unchanged.
package final class GraphPages {
    private let client: GraphClient
    private var next: Next
    private var seen: Set<String> = []

    private enum Next {
        case path(GraphPath)
        case page(JSONValue)
        case link(String)
        case end
    }

    /// Links followed at most; a longer chain is an error of the server's.
    private static let longest = 100_000

    /// Reads a collection from its first page.
    package init(_ client: GraphClient, _ path: GraphPath) {
        self.client = client
        next = .path(path)
    }

    /// Reads a collection whose first page has already been fetched.
    package init(_ client: GraphClient, first: JSONValue) {
        self.client = client
        next = .page(first)
    }

    /// The items of the next page; nil after the last.
    ///
    /// - Throws: ``GraphError``; `malformed` where a link leads back to an earlier page.
    package func items() async throws(GraphError) -> [JSONValue]? {
        let page: JSONValue
        switch next {
        case .path(let path): page = try await client.get(path)
        case .page(let first): page = first
        case .link(let link): page = try await client.follow(link)
        case .end: return nil
        }
        guard case .array(let items) = page["value"] else {
            throw malformed("the answer holds no list under \"value\"")
        }
        guard let link = page["@odata.nextLink"].text else {
            next = .end
            return items
        }
        guard seen.count < Self.longest, seen.insert(Digest.hex(of: [link])).inserted else {
            throw malformed("a next link leads back to an earlier page")
        }
        next = .link(link)
        return items
    }

    private func malformed(_ problem: String) -> GraphError {
        GraphError(
            .malformed, location: client.connection.graphURL, problem: problem,
            next: "Nothing is concluded from the missing pages; a later run asks again")
    }
}
