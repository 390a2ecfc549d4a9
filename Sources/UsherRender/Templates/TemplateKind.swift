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

    /// Makes the escaping of JSON known to the template library; called before anything is compiled.
    static func registerAll() {
        MustacheContentTypes.register(JSONText(), named: "JSON")
    }
}

/// The inside of a JSON string (RFC 8259 §7); `<` is escaped as well, so that it can stand in a script element.
private struct JSONText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case "<", "\u{2028}", "\u{2029}", "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
