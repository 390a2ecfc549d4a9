/// A tag of a Mustache template.
struct TemplateTag: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case variable, unescaped, section, inverted, close, partial, parent, block
    }

    let kind: Kind
    /// The name, without transforms.
    let name: String
    /// The transforms around the name, outermost first.
    let transforms: [String]
    let line: Int

    /// The tags of a template in their order, without comments and pragmas.
    static func tags(of text: String) -> [TemplateTag] {
        var tags: [TemplateTag] = []
        var rest = Substring(text)
        var line = 1
        while let open = rest.firstRange(of: "{{") {
            line += rest[..<open.lowerBound].count { $0.isNewline }
            rest = rest[open.upperBound...]
            let isTriple = rest.first == "{"
            guard let close = rest.firstRange(of: isTriple ? "}}}" : "}}") else { break }
            let body = rest[..<close.lowerBound].drop { isTriple && $0 == "{" }
            if let tag = tag(String(body), isTriple: isTriple, line: line) { tags.append(tag) }
            line += rest[..<close.lowerBound].count { $0.isNewline }
            rest = rest[close.upperBound...]
        }
        return tags
    }

    private static func tag(_ body: String, isTriple: Bool, line: Int) -> TemplateTag? {
        let kinds: [Character: Kind] = [
            "#": .section, "^": .inverted, "/": .close, ">": .partial, "<": .parent, "$": .block, "&": .unescaped,
        ]
        var rest = Substring(body)
        var kind = isTriple ? Kind.unescaped : .variable
        if let first = rest.first {
            if first == "!" || first == "%" { return nil }
            if let marked = kinds[first] {
                kind = marked
                rest = rest.dropFirst()
            }
        }
        var name = rest.filter { !$0.isWhitespace }
        var transforms: [String] = []
        while let open = name.firstIndex(of: "("), name.last == ")" {
            transforms.append(String(name[..<open]))
            name = String(name[name.index(after: open)...].dropLast())
        }
        return TemplateTag(kind: kind, name: name, transforms: transforms, line: line)
    }
}
