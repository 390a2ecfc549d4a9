/// The names that a template may use, without their values; a template that uses another name is refused when it is loaded.
///
/// A ``Schema`` makes it, and docs/templates.md lists it.
struct Vocabulary: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case text, flag, number, list, object
    }

    struct Member: Hashable, Sendable {
        let name: String
        let vocabulary: Vocabulary
    }

    let kind: Kind
    /// What it looks like; empty for lists and objects.
    var example = ""
    /// What it is, in the words of the documentation.
    var meaning = ""
    /// What an object, or each item of a list, contains.
    var members: [Member] = []
    /// Whether the value is a mark while a form for many recipients is rendered.
    var isMark = false

    /// The inside of a list or an object, as a section enters it; nil for a plain value.
    var entered: Vocabulary? {
        members.isEmpty ? nil : Vocabulary(kind: .object, example: example, meaning: meaning, members: members)
    }

    /// A member of an object; the items of a list have names only inside its section.
    subscript(name: String) -> Vocabulary? {
        guard kind == .object else { return nil }
        return members.first { $0.name == name }?.vocabulary
    }

    /// All names at this level, for suggestions.
    var names: [String] { kind == .object ? members.map(\.name).sorted() : [] }
}
