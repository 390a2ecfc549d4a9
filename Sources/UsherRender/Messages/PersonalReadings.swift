internal import UsherModel

/// What a template reads of what differs between the recipients of one form.
///
/// It is derived from the names in the template and the declarations in ``MessageContext/schema``: a value that has a mark is inserted for each
/// recipient, and every other value of the attendee decides who shares a form.
struct PersonalReadings: Hashable, Sendable {
    /// The fields of the attendee that it reads and that have no mark.
    private var fields: Set<String> = []
    /// Whether it transforms a value that has a mark, so that each message has to be rendered for itself.
    private var transformsMarks = false

    private static let marks = paths(of: MessageContext.schema.vocabulary) { $0.isMark }
    private static let unmarked = paths(of: AttendeeContext.schema.vocabulary) { !$0.isMark }

    /// Reads nothing.
    init() {}

    /// What the tags of a template and of its partials read.
    ///
    /// The sections around a tag are ignored: a name counts as every value whose path ends with it, because a partial or a block may be
    /// rendered inside other sections than those around it in its file.
    init(_ tags: some Sequence<TemplateTag>) {
        for tag in tags {
            let name = tag.name.drop { $0 == "." }
            func ends(_ path: String) -> Bool { path == name || path.hasSuffix(".\(name)") }
            // "." is the value of the section around it, which may be a mark.
            if !tag.transforms.isEmpty, tag.name == "." || Self.marks.contains(where: ends) { transformsMarks = true }
            guard !name.isEmpty else { continue }
            for path in Self.unmarked where ends("attendee.\(path)") {
                fields.insert(String(path.prefix { $0 != "." }))
            }
        }
    }

    /// Adds what another template reads.
    mutating func formUnion(_ other: PersonalReadings) {
        fields.formUnion(other.fields)
        transformsMarks = transformsMarks || other.transformsMarks
    }

    /// What recipients of one form have in common of what it reads; nil if a recipient cannot share one.
    func shared(_ request: RenderRequest) -> [String: TemplateValue]? {
        let personal = PersonalValues(request: request, isMarked: false)
        guard !transformsMarks, !personal.mayEndLine else { return nil }
        guard !fields.isEmpty, let attendee = request.attendee else { return [:] }
        let context = AttendeeContext(attendee: attendee, personal: personal)
        var values: [String: TemplateValue] = [:]
        for field in AttendeeContext.schema.fields where fields.contains(field.name) {
            let value = field.value(context)
            // Hardly two people give the same answers: a form for each would cost more than it saves.
            if case .list(let items) = value, !items.isEmpty { return nil }
            values[field.name] = value
        }
        return values
    }

    private static func paths(of vocabulary: Vocabulary, where isWanted: (Vocabulary) -> Bool) -> [String] {
        vocabulary.members.flatMap { member -> [String] in
            let inner = paths(of: member.vocabulary, where: isWanted).map { "\(member.name).\($0)" }
            let isValue = member.vocabulary.kind != .object && isWanted(member.vocabulary)
            return isValue ? [member.name] + inner : inner
        }
    }
}
