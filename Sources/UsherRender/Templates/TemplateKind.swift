internal import Mustache

/// The format of a template, from its file name; it decides how values are escaped.
enum TemplateKind: String, Hashable, Sendable {
    case html, txt, json

    init?(path: String) {
        guard path.hasSuffix(".mustache"), let kind = path.dropLast(9).split(separator: ".").last,
            let parsed = TemplateKind(rawValue: String(kind))
        else { return nil }
        self = parsed
    }

    /// The pragma before the text, so that partials escape values like the template that uses them.
    func pragma(for chat: ChatProduct?) -> String {
        guard chat == nil else { return "{{% CONTENT_TYPE:CHAT}}" }
        return switch self {
        case .html: "{{% CONTENT_TYPE:HTML}}"
        case .txt: "{{% CONTENT_TYPE:TEXT}}"
        case .json: "{{% CONTENT_TYPE:JSON}}"
        }
    }

    /// Registers our escaping with the template library; has to be called before a template is compiled.
    static func registerAll() {
        MustacheContentTypes.register(JSONContent(), named: "JSON")
        MustacheContentTypes.register(ChatContent(), named: "CHAT")
        MustacheContentTypes.register(HTMLContent(), named: "HTML")
    }
}
