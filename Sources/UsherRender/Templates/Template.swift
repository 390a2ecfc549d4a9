internal import Mustache
internal import UsherModel

/// One compiled part of a template in one language, such as the HTML body of the German reminder.
struct TemplatePart: Sendable {
    /// The path, for errors.
    let location: String
    private let library: MustacheLibrary
    private let name: String
    private let variables: [String: String]
    /// What it reads of what differs between recipients.
    let readings: PersonalReadings
    /// The chat product for which its texts are escaped and cut.
    let chat: ChatProduct?

    /// Compiles a part with the partials it uses.
    ///
    /// - Parameters:
    ///   - path: Its path in the template folder.
    ///   - language: The language in which partials are looked up first; nil for the original.
    ///   - family: The folder that holds `shared`: `email`, `page`.
    ///   - vocabulary: The names it may use.
    ///   - store: The texts of all templates.
    /// - Throws: ``TemplateErrors`` with everything that is wrong; nil if there is no such file.
    init?(
        _ path: String, language: String?, family: String, vocabulary: Vocabulary, store: TemplateStore
    ) throws(TemplateErrors) {
        guard let own = store.text(path), let kind = TemplateKind(path: path) else { return nil }
        func partial(_ name: String) -> (path: String, text: String)? {
            // The parser allows no "/" in the closing tag of a parent, so a name without a folder means shared, too.
            let file = name.hasPrefix("shared/") ? String(name.dropFirst(7)) : name
            guard !file.contains("/") else { return nil }
            let inLanguage = language.flatMap { store.text("\(family)/shared/\($0)/\(file).mustache") }
            let found = inLanguage ?? store.text("\(family)/shared/\(file).mustache")
            return found.map { ($0.location, $0.text) }
        }
        var check = TemplateCheck(vocabulary: vocabulary, partial: partial)
        check.check(own.location, own.text)
        var library = MustacheLibrary()
        var problems = check.problems
        let (text, chat) = Self.directive(of: own.text, at: own.location, kind: kind, &problems)
        let pragma = kind.pragma(for: chat)
        Self.register(text, as: path, at: own.location, pragma: pragma, in: &library, &problems)
        var queue = TemplateTag.tags(of: own.text)
        var all = queue
        var seen: Set<String> = []
        while let tag = queue.popLast() {
            guard tag.kind == .partial || tag.kind == .parent, seen.insert(tag.name).inserted,
                let found = partial(tag.name)
            else { continue }
            Self.register(found.text, as: tag.name, at: found.path, pragma: pragma, in: &library, &problems)
            let inner = TemplateTag.tags(of: found.text)
            queue += inner
            all += inner
        }
        readings = PersonalReadings(all)
        guard problems.isEmpty else { throw TemplateErrors(problems: problems) }
        (self.library, name, variables, location) = (library, path, check.variables, own.location)
        self.chat = chat
    }

    /// The text without `{{% CHAT: PRODUCT}}`, and the product.
    private static func directive(
        of text: String, at location: String, kind: TemplateKind, _ problems: inout [RenderError]
    ) -> (text: String, chat: ChatProduct?) {
        guard let start = text.firstRange(of: "{{% CHAT:"),
            let end = text[start.upperBound...].firstRange(of: "}}")
        else { return (text, nil) }
        let name = text[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
        let chat = ChatProduct(rawValue: name)
        if chat == nil || kind != .json {
            problems.append(
                RenderError(
                    code: .template, location: "\(location):\(text[..<start.lowerBound].count(where: \.isNewline) + 1)",
                    problem: kind == .json ? "there is no chat product \"\(name)\"" : "{{% CHAT: …}} is for JSON only",
                    next: "There are \(ChatProduct.allCases.map(\.rawValue).joined(separator: ", "))"))
        }
        return (String(text[..<start.lowerBound] + text[end.upperBound...]), chat)
    }

    private static func register(
        _ text: String, as name: String, at location: String, pragma: String, in library: inout MustacheLibrary,
        _ problems: inout [RenderError]
    ) {
        do {
            // The pragma has a line of its own, which the parser removes with it.
            try library.register(pragma + "\n" + text, named: name)
        } catch {
            let fault = MustacheFault(error, in: text)
            problems.append(
                RenderError(
                    code: .template, location: fault.line.map { "\(location):\($0)" } ?? location,
                    problem: fault.problem, next: fault.next))
        }
    }

    /// Renders the part.
    ///
    /// - Throws: ``RenderError`` if a variable has no value.
    func render(_ context: [String: TemplateValue]) throws(RenderError) -> String {
        let recorder = BlankRecorder()
        let text = library.render(Members(path: "", members: context, recorder: recorder), withTemplate: name)
        if let path = recorder.paths.first(where: { !MissingFact.isOne($0, in: context) }) {
            throw RenderError(
                code: .missingValue, location: variables[path] ?? location,
                problem: "the variable \"\(path)\" has no value",
                next: "Put it into a section {{#\(path)}}…{{/\(path)}} if the message can do without it")
        }
        if let path = recorder.paths.first { throw MissingFact.error(path, at: variables[path] ?? location) }
        guard let text, text.utf8.count <= Limits.messageBytes else {
            throw RenderError(
                code: .result, location: location, problem: "the result is larger than \(Limits.messageBytes) bytes",
                next: "Write a shorter template")
        }
        return text
    }
}

/// A template in all its languages.
struct Translated<Content: Sendable>: Sendable {
    /// English.
    let original: Content
    /// By language tag.
    let translations: [String: Content]

    /// The best for a reader: the requested language from the particular to the general, then the job's, then the original.
    func best(for wanted: LanguageTag?, default fallback: LanguageTag) -> (content: Content, language: String) {
        for tag in (wanted?.textOrder ?? []) + fallback.textOrder {
            if let content = translations[tag] { return (content, tag) }
            if tag == "en" { return (original, tag) }
        }
        return (original, "en")
    }
}
