/// Checks a template before it is used: names and partials that do not exist, values that would not be escaped.
struct TemplateCheck {
    let vocabulary: Vocabulary
    /// The text and path of a partial; nil if there is none.
    let partial: (String) -> (path: String, text: String)?
    private(set) var problems: [RenderError] = []
    private var visiting: [String] = []
    /// Where each variable is used, for errors at run time.
    private(set) var variables: [String: String] = [:]

    init(vocabulary: Vocabulary, partial: @escaping (String) -> (path: String, text: String)?) {
        (self.vocabulary, self.partial) = (vocabulary, partial)
    }

    /// Checks a template and the partials that it uses.
    mutating func check(_ path: String, _ text: String) { check(path, text, scopes: [vocabulary], names: [""]) }

    private mutating func check(_ path: String, _ text: String, scopes outer: [Vocabulary], names outerNames: [String])
    {
        guard !visiting.contains(path) else { return }
        visiting.append(path)
        var scopes = outer
        var names = outerNames
        var open: [(tag: TemplateTag, isScope: Bool)] = []
        for tag in TemplateTag.tags(of: text) {
            let location = "\(path):\(tag.line)"
            switch tag.kind {
            case .variable: use(tag, location, scopes, names)
            case .unescaped:
                if TemplateKind(path: path) != .txt {
                    report(location, "{{{\(tag.name)}}} would not be escaped", "Write {{\(tag.name)}}")
                }
                use(tag, location, scopes, names)
            case .section, .inverted:
                let found = resolve(tag, location, scopes, names)
                let inside = tag.kind == .section ? found?.shape.entered : nil
                open.append((tag, inside != nil))
                if let inside {
                    scopes.append(inside)
                    names.append(found?.path ?? "")
                }
            case .block: open.append((tag, false))
            case .parent:
                open.append((tag, false))
                enter(tag, location, scopes, names)
            case .partial: enter(tag, location, scopes, names)
            case .close:
                guard let last = open.popLast() else { continue }
                if last.isScope {
                    scopes.removeLast()
                    names.removeLast()
                }
            }
        }
        visiting.removeLast()
    }

    private mutating func enter(_ tag: TemplateTag, _ location: String, _ scopes: [Vocabulary], _ names: [String]) {
        guard let found = partial(tag.name) else {
            return report(
                location, "there is no partial \"\(tag.name)\"",
                "Partials are in the folder shared, such as shared/footer.html")
        }
        check(found.path, found.text, scopes: scopes, names: names)
    }

    private mutating func use(_ tag: TemplateTag, _ location: String, _ scopes: [Vocabulary], _ names: [String]) {
        guard let found = resolve(tag, location, scopes, names) else { return }
        if tag.transforms.isEmpty, !found.shape.members.isEmpty {
            let names = found.shape.members.map(\.name).joined(separator: ", ")
            return report(
                location, "\"\(tag.name)\" is not a text",
                "Name what you want of it: it has \(names); a list needs a section {{#\(tag.name)}}…{{/\(tag.name)}}")
        }
        variables[found.path] = variables[found.path] ?? location
    }

    /// Resolves a name in the sections around it: the innermost section first, as Mustache does.
    private mutating func resolve(
        _ tag: TemplateTag, _ location: String, _ scopes: [Vocabulary], _ names: [String]
    ) -> (shape: Vocabulary, path: String)? {
        if tag.name.isEmpty || tag.name == "." { return (Vocabulary(kind: .text), names.last ?? "") }
        let parts = tag.name.split(separator: ".").map(String.init)
        guard let first = parts.first,
            let level = scopes.indices.reversed().first(where: { scopes[$0][first] != nil })
        else {
            let names = scopes.reversed().flatMap(\.names).joined(separator: ", ")
            report(location, "there is no variable \"\(tag.name)\"", "There are \(names); see docs/templates.md")
            return nil
        }
        var shape = scopes[level]
        var path = names[level]
        for part in parts {
            guard let next = shape[part] else {
                report(
                    location, "there is no variable \"\(tag.name)\"",
                    "\(path.isEmpty ? "It" : path) has \(shape.names.joined(separator: ", ")); see docs/templates.md")
                return nil
            }
            shape = next
            path = path.isEmpty ? part : "\(path).\(part)"
        }
        return (shape, path)
    }

    private mutating func report(_ location: String, _ problem: String, _ next: String) {
        let problem = RenderError(code: .template, location: location, problem: problem, next: next)
        if !problems.contains(problem) { problems.append(problem) }
    }
}
