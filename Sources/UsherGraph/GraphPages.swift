internal import UsherModel
package import UsherText

/// The items of a collection, page by page, by Graph's own links.
///
/// Source: Microsoft Graph, "paging": `@odata.nextLink` is followed as it is.
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

    /// Links followed at most: a collection that goes on longer is no collection.
    private static let longest = 100_000

    /// A collection by its path.
    package init(_ client: GraphClient, _ path: GraphPath) {
        self.client = client
        next = .path(path)
    }

    /// A collection whose first page has come already.
    package init(_ client: GraphClient, first: JSONValue) {
        self.client = client
        next = .page(first)
    }

    /// The items of the next page; nil after the last.
    ///
    /// - Throws: ``GraphError``; `malformed` where a link leads back to a page that was there.
    package func items() async throws(GraphError) -> [JSONValue]? {
        let page: JSONValue
        switch next {
        case .path(let path): page = try await client.get(path)
        case .page(let first): page = first
        case .link(let link): page = try await client.follow(link)
        case .end: return nil
        }
        guard case .array(let items) = page["value"] else {
            throw malformed("an answer without a list under \"value\"")
        }
        guard let link = page["@odata.nextLink"].text else {
            next = .end
            return items
        }
        guard seen.count < Self.longest, seen.insert(Digest.hex(of: [link])).inserted else {
            throw malformed("a next link that leads back to a page that was there")
        }
        next = .link(link)
        return items
    }

    private func malformed(_ problem: String) -> GraphError {
        GraphError(
            .malformed, location: client.connection.graphURL, problem: problem,
            next: "Nothing is concluded from what it may have held; a later run asks again")
    }
}
