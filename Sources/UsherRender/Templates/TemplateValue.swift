internal import Mustache

/// A value that a template can use: plain data without behavior.
indirect enum TemplateValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int)
    case text(String)
    case list([TemplateValue])
    case object([String: TemplateValue])

    /// A text; null for nil and the empty text.
    static func optional(_ text: String?) -> TemplateValue {
        guard let text, !text.isEmpty else { return .null }
        return .text(text)
    }

    /// The value as the template library expects it; an empty one is recorded when it is used as a variable.
    func rendered(as path: String, _ recorder: BlankRecorder) -> Any {
        switch self {
        case .null: Blank(path: path, recorder: recorder)
        case .flag(let flag): flag
        case .number(let number): String(number)
        case .text(let text): text.isEmpty ? Blank(path: path, recorder: recorder) as Any : text
        case .list(let items):
            items.enumerated().map { $0.element.rendered(as: path, recorder) } as [Any]
        case .object(let members): Members(path: path, members: members, recorder: recorder)
        }
    }
}

/// Records the variables that were used and had no value.
final class BlankRecorder {
    private(set) var paths: [String] = []

    func note(_ path: String) {
        if !paths.contains(path) { paths.append(path) }
    }
}

/// An object of the context.
struct Members: MustacheParent {
    let path: String
    let members: [String: TemplateValue]
    let recorder: BlankRecorder

    func child(named name: String) -> Any? {
        members[name]?.rendered(as: path.isEmpty ? name : "\(path).\(name)", recorder)
    }
}

/// A missing value: false as a section, an error as a variable.
struct Blank: MustacheCustomRenderable {
    let path: String
    let recorder: BlankRecorder

    var isNull: Bool { true }
    var renderText: String {
        recorder.note(path)
        return ""
    }
}
