internal import Mustache
internal import UsherText

/// Escapes what a JSON template inserts: as inside a string, and so that the result can be embedded in a script element.
struct JSONContent: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONString.escape(text, to: &bytes, .script)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Escapes what an HTML template inserts, as text or in a quoted attribute.
struct HTMLContent: MustacheContentType {
    func escapeText(_ text: String) -> String { MarkupEscape.text(text) }
}
