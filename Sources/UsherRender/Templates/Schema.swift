/// What templates can use of a source: each field says its name, what it looks like, what it means and where its value comes from.
///
/// The check of templates, the values at run time and the table in docs/templates.md all derive from it.
struct Schema<Source>: Sendable {
    struct Field: Sendable {
        let name: String
        let vocabulary: Vocabulary
        let value: @Sendable (Source) -> TemplateValue
    }

    let fields: [Field]

    init(_ fields: [Field]) { self.fields = fields }

    /// The values of a source, by name.
    func values(of source: Source) -> [String: TemplateValue] {
        var values: [String: TemplateValue] = [:]
        values.reserveCapacity(fields.count)
        for field in fields { values[field.name] = field.value(source) }
        return values
    }

    /// The names without their values.
    var vocabulary: Vocabulary {
        Vocabulary(kind: .object, members: fields.map { .init(name: $0.name, vocabulary: $0.vocabulary) })
    }

    /// The same fields for a source that contains this one.
    func fields<Outer>(of inner: @escaping @Sendable (Outer) -> Source) -> [Schema<Outer>.Field] {
        fields.map { field in
            Schema<Outer>.Field(name: field.name, vocabulary: field.vocabulary) { field.value(inner($0)) }
        }
    }
}

extension Schema.Field {
    /// A text; nil and the empty text are "no value".
    static func text(
        _ name: String, _ example: String, _ meaning: String, _ value: @escaping @Sendable (Source) -> String?
    ) -> Self {
        Self(name: name, vocabulary: Vocabulary(kind: .text, example: example, meaning: meaning)) {
            .optional(value($0))
        }
    }

    /// A truth value; nil is "no value".
    static func flag(
        _ name: String, _ example: Bool, _ meaning: String, _ value: @escaping @Sendable (Source) -> Bool?
    ) -> Self {
        Self(name: name, vocabulary: Vocabulary(kind: .flag, example: "\(example)", meaning: meaning)) {
            value($0).map { .flag($0) } ?? .null
        }
    }

    static func number(
        _ name: String, _ example: Int, _ meaning: String, _ value: @escaping @Sendable (Source) -> Int
    ) -> Self {
        Self(name: name, vocabulary: Vocabulary(kind: .number, example: "\(example)", meaning: meaning)) {
            .number(value($0))
        }
    }

    /// An object with the fields of another schema; nil is "no value".
    static func object<Inner>(
        _ name: String, _ meaning: String = "", _ schema: Schema<Inner>,
        _ value: @escaping @Sendable (Source) -> Inner?
    ) -> Self {
        let vocabulary = Vocabulary(kind: .object, meaning: meaning, members: schema.vocabulary.members)
        return Self(name: name, vocabulary: vocabulary) { source in
            value(source).map { .object(schema.values(of: $0)) } ?? .null
        }
    }

    /// A list whose items have the fields of another schema.
    static func list<Item>(
        _ name: String, _ meaning: String, of schema: Schema<Item>,
        _ items: @escaping @Sendable (Source) -> [Item]
    ) -> Self {
        let vocabulary = Vocabulary(kind: .list, meaning: meaning, members: schema.vocabulary.members)
        return Self(name: name, vocabulary: vocabulary) { source in
            .list(items(source).map { .object(schema.values(of: $0)) })
        }
    }
}
