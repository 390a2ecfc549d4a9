internal import UsherText
internal import UsherTransfer

/// A path of Graph's API below its version, with every part percent-encoded.
///
/// RFC 3986 §3.3; OData 4.01 part 2 §4.3 for quotes inside the keys of functions.
package struct GraphPath: Hashable, Sendable, CustomStringConvertible {
    /// Begins with a slash: `/solutions/virtualEvents/webinars`.
    package let text: String

    /// Creates a path from segments that are not encoded yet.
    package init(_ segments: [String]) {
        text = segments.map { "/" + Self.encoded($0) }.joined()
    }

    private init(text: String) { self.text = text }

    /// This path with further segments.
    package func appending(_ segments: String...) -> GraphPath {
        GraphPath(text: text + GraphPath(segments).text)
    }

    /// This path with a function: `getByUserRole(role='organizer')`.
    package func calling(_ function: String, _ arguments: [(name: String, value: String)]) -> GraphPath {
        let list = arguments.map { "\($0.name)='\(Self.encoded($0.value.replacingOctets(of: "'", with: "''")))'" }
        return GraphPath(text: "\(text)/\(function)(\(list.joined(separator: ",")))")
    }

    /// This path with a query.
    package func asking(_ query: [(name: String, value: String)]) -> GraphPath {
        GraphPath(text: text + "?" + query.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&"))
    }

    /// The path without its query.
    package var description: String { String(text.prefix { $0 != "?" }) }

    private static func encoded(_ text: String) -> String { PercentEncoding.encode(text, keeping: .odata) }
}
