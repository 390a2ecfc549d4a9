/// Hides what may be secret in the URLs of a text: user and password, query, and path where that is asked for.
enum HiddenURLs {
    static func hide(_ text: String, hidesPaths: Bool) -> String {
        guard text.contains("://") else { return text }
        var result = ""
        var rest = text[...]
        while let colon = rest.firstRange(of: "://") {
            result += rest[..<colon.upperBound]
            rest = rest[colon.upperBound...]
            let url = rest.prefix { !$0.isWhitespace && $0 != "\"" && $0 != "<" && $0 != ">" }
            rest = rest[url.endIndex...]
            result += hidden(url, hidesPath: hidesPaths)
        }
        return result + rest
    }

    /// What follows the scheme.
    private static func hidden(_ url: Substring, hidesPath: Bool) -> String {
        let authority = url.prefix { !"/?#".contains($0) }
        let host = authority.lastIndex(of: "@").map { "<secret>\(authority[$0...])" } ?? String(authority)
        let path = url[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        let tail = url[path.endIndex...]
        let isHidden = hidesPath && path.count > 1
        return host + (isHidden ? "/<secret>" : String(path)) + (tail.isEmpty ? "" : "\(tail.prefix(1))<secret>")
    }
}
