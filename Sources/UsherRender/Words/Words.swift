internal import UsherModel

/// The program's own words in one language: labels in calendars and feeds, and durations.
///
/// What the word files of the language lack is taken from English, key by key.
struct Words: Sendable {
    private let labels: [Label: String]
    private let rules: [(category: PluralCategory, rule: PluralRule)]
    private let forms: [DurationUnit: [PluralCategory: String]]
    /// What is wrong with the entries as a whole.
    private(set) var problems: [RenderError] = []
    /// The keys without a text in this language.
    private(set) var missing: [WordKey] = []
    /// English, unless this is English.
    private let fallback: [Words]

    /// The counts that are tried to find out which categories a language uses: the rules of CLDR repeat after 100.
    private static let samples = 1...200

    /// Merges the word files of a language.
    ///
    /// - Parameters:
    ///   - files: From the most particular (`fr-CA`) to the most general (`fr`), a job's own before a built-in one.
    ///   - fallback: What to use where they have no text.
    init(_ files: [WordFile], fallback: Words?) {
        func entry(_ key: WordKey) -> WordFile.Entry? { files.lazy.compactMap { $0.entries[key] }.first }
        self.fallback = fallback.map { [$0] } ?? []
        var labels: [Label: String] = [:]
        for label in Label.allCases {
            labels[label] = entry(.label(label))?.text
            if labels[label] == nil { missing.append(.label(label)) }
        }
        let rules = PluralCategory.allCases.compactMap { category in
            entry(.plural(category)).flatMap { PluralRule($0.text) }.map { (category: category, rule: $0) }
        }
        (self.labels, self.rules) = (labels, rules)
        let counts = Dictionary(grouping: Self.samples) { Self.category(of: $0, rules) }
        var forms: [DurationUnit: [PluralCategory: String]] = [:]
        for unit in DurationUnit.allCases {
            for category in PluralCategory.allCases {
                let key = WordKey.duration(unit, category)
                guard let entry = entry(key) else {
                    if counts[category] != nil { missing.append(key) }
                    continue
                }
                forms[unit, default: [:]][category] = entry.text
                if category != .other, !rules.contains(where: { $0.category == category }) {
                    problems.append(
                        RenderError(
                            code: .template, location: entry.location,
                            problem: "\"\(key.text)\" without a rule for the category",
                            next: "Write plural.\(category.rawValue): RULE, or remove this line"))
                }
                // "an hour" is fine for 1, but not where the form is used for 2 and 3 as well.
                if counts[category, default: []].count > 1, !entry.text.contains("{count}") {
                    problems.append(
                        RenderError(
                            code: .template, location: entry.location, problem: "\"\(key.text)\" without {count}",
                            next: "Write {count} where the number belongs"))
                }
            }
        }
        self.forms = forms
    }

    private static func category(
        of count: Int, _ rules: [(category: PluralCategory, rule: PluralRule)]
    ) -> PluralCategory { rules.first { $0.rule.matches(count) }?.category ?? .other }

    /// A label.
    subscript(label: Label) -> String { labels[label] ?? fallback.first?[label] ?? "" }

    /// A count of units: `15 minutes`.
    func duration(_ count: Int, _ unit: DurationUnit) -> String {
        let forms = forms[unit] ?? [:]
        guard let form = forms[Self.category(of: count, rules)] ?? forms[.other] else {
            return fallback.first?.duration(count, unit) ?? ""
        }
        return form.replacing("{count}", with: String(count))
    }

    /// How long until something, in the unit that suits: `15 minutes`, `24 hours`, `2 days`; nil once nothing is left.
    func duration(_ duration: Duration) -> String? {
        guard duration > .zero else { return nil }
        let minutes = Int((duration.components.seconds + 30) / 60)
        return switch minutes {
        case ..<1: self.duration(1, .minutes)
        case ..<90: self.duration(minutes, .minutes)
        case ..<(36 * 60): self.duration((minutes + 30) / 60, .hours)
        default: self.duration((minutes + 720) / 1440, .days)
        }
    }
}

extension Words {
    /// What templates can use of them: the labels.
    static let schema = Schema<Words>(
        Label.allCases.map { label in
            .text(label.variable, WordSet(store: TemplateStore())[.english][label], "") { $0[label] }
        })
}
