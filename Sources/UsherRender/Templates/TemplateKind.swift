internal import Mustache

/// What a template file makes, by its name: each escapes its values in its own way.
enum TemplateKind: String, Hashable, Sendable {
    case html, txt, json

    init?(path: String) {
        guard path.hasSuffix(".mustache"), let kind = path.dropLast(9).split(separator: ".").last,
            let known = TemplateKind(rawValue: String(kind))
        else { return nil }
        self = known
    }

    /// What is put before the text, so that partials escape like the template that uses them.
    var pragma: String {
        switch self {
        case .html: "{{% CONTENT_TYPE:HTML}}"
        case .txt: "{{% CONTENT_TYPE:TEXT}}"
        case .json: "{{% CONTENT_TYPE:JSON}}"
        }
    }

    /// Makes our escaping known to the template library; called before anything is compiled.
    static func registerAll() {
        MustacheContentTypes.register(JSONContent(), named: "JSON")
        MustacheContentTypes.register(HTMLContent(), named: "HTML")
    }
}
