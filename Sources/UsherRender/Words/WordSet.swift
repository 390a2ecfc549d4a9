internal import UsherModel

/// The words of all languages: `words/LANGUAGE.txt` of a job's templates, and those built in.
package struct WordSet: Sendable {
    private var languages: [String: Words] = [:]
    private let english: Words
    /// What is wrong with word files: a job that has them is refused.
    let problems: [RenderError]
    /// Texts that a language lacks, and that are English therefore.
    private(set) var missing: [RenderError] = []

    /// Reads and checks all word files.
    ///
    /// - Parameter folder: The job's own templates; nil means the built-in ones only. A folder that cannot be read is left out here,
    ///   because ``TemplateSet`` reports it.
    package init(folder: String?) {
        do throws(TemplateErrors) {
            self.init(store: try TemplateStore(folder: folder))
        } catch {
            self.init(store: TemplateStore())
        }
    }

    init(store: TemplateStore) {
        let names = store.wordLanguages
        var problems: [RenderError] = []
        var files: [String: [WordFile]] = [:]
        for name in names {
            files[name] = store.words(name).map { WordFile($0.text, location: $0.location) }
            problems += files[name, default: []].flatMap(\.problems)
            if LanguageTag(name)?.text != name {
                problems.append(
                    RenderError(
                        code: .template, location: files[name]?.first?.location ?? name,
                        problem: "\"\(name)\" is not a language tag",
                        next: "Name the file as the language, such as pl.txt or fr-CA.txt"))
            }
        }
        english = Words(files["en"] ?? [], fallback: nil)
        for name in names {
            let tags = LanguageTag(name)?.textOrder ?? []
            let own = tags.flatMap { files[$0] ?? [] }
            let words = Words(own, fallback: english)
            languages[name] = words
            for problem in words.problems where !problems.contains(problem) { problems.append(problem) }
            missing += words.missing.map {
                RenderError(
                    code: .template, location: own.first?.location ?? name,
                    problem: "the key \"\($0.text)\" is missing",
                    next: "Add a line \($0.text): TEXT; until then the text is English")
            }
        }
        self.problems = problems
    }

    /// The words of a language, from the particular to the general (`fr-CA`, `fr`); English if there are none.
    subscript(language: LanguageTag) -> Words { words(for: language) ?? english }

    /// The first language that has words: the requested one, the job's, English.
    func bestLanguage(for wanted: LanguageTag, default fallback: LanguageTag) -> LanguageTag {
        [wanted, fallback].first { words(for: $0) != nil } ?? .english
    }

    private func words(for language: LanguageTag) -> Words? {
        language.textOrder.lazy.compactMap { languages[$0] }.first
    }

    /// Notes that a template is translated into a language that has no words.
    mutating func require(_ language: String, for template: String) {
        guard let tag = LanguageTag(language), words(for: tag) == nil else { return }
        let problem = RenderError(
            code: .template, location: "templates/words/\(language).txt",
            problem: "there is no such file, but \(template) is translated into \(language)",
            next: "Copy templates/words/en.txt and translate it; until then calendars and durations are English")
        if !missing.contains(problem) { missing.append(problem) }
    }
}
