internal import UsherModel

/// The three parts of a mail.
struct MailTemplate: Sendable {
    let subject: TemplatePart
    let text: TemplatePart
    let html: TemplatePart
    /// What the parts read of what differs between recipients.
    let readings: PersonalReadings

    init(subject: TemplatePart, text: TemplatePart, html: TemplatePart) {
        (self.subject, self.text, self.html) = (subject, text, html)
        var readings = PersonalReadings()
        for part in [subject, text, html] { readings.formUnion(part.readings) }
        self.readings = readings
    }
}

/// The templates that a job uses, compiled and checked.
package struct TemplateSet: Sendable {
    let mails: [String: Translated<MailTemplate>]
    let payloads: [String: TemplatePart]
    let pages: [String: Translated<TemplatePart>]
    let words: WordSet

    /// Texts that a language lacks and that are English until they are translated, one line for each.
    package var untranslated: [String] { words.missing.map(\.description) }

    /// Loads templates.
    ///
    /// - Parameters:
    ///   - folder: The job's own templates; nil means the built-in ones only.
    ///   - words: The words of the languages, read from the same folder.
    ///   - mailNames: Names below `email`.
    ///   - payloadNames: Names below `webhook`.
    ///   - pageNames: Names below `page`.
    /// - Throws: ``TemplateErrors`` with everything that is wrong.
    package init(
        folder: String?, words: WordSet, mails mailNames: Set<String>, payloads payloadNames: Set<String>,
        pages pageNames: Set<String>
    ) throws(TemplateErrors) {
        TemplateKind.registerAll()
        var loader = TemplateLoader(store: try TemplateStore(folder: folder))
        mails = loader.load(mailNames) { loader, name in loader.mail(name) }
        payloads = loader.load(payloadNames) { loader, name in loader.payload(name) }
        pages = loader.load(pageNames) { loader, name in loader.page(name) }
        let problems = words.problems + loader.problems
        guard problems.isEmpty else { throw TemplateErrors(problems: problems) }
        var words = words
        for (name, mail) in mails.sorted(by: { $0.key < $1.key }) {
            for language in mail.translations.keys.sorted() { words.require(language, for: "email/\(name)") }
        }
        self.words = words
    }
}

extension TemplateSet {
    /// The names of the templates that exist.
    package struct Names: Sendable {
        /// For mail.
        package let mails: [String]
        /// For webhooks and JSON files.
        package let payloads: [String]
        /// For pages.
        package let pages: [String]
    }

    /// The names of the templates in a folder and of the built-in ones.
    ///
    /// - Throws: ``TemplateErrors`` if the folder cannot be read.
    package static func names(folder: String?) throws(TemplateErrors) -> Names {
        let store = try TemplateStore(folder: folder)
        let payloads = store.names(in: "webhook").map { String($0.prefix { $0 != "." }) }
        return Names(mails: store.names(in: "email"), payloads: payloads, pages: store.names(in: "page"))
    }
}

/// Loads templates and collects what is wrong with them.
private struct TemplateLoader {
    let store: TemplateStore
    var problems: [RenderError] = []

    init(store: TemplateStore) { self.store = store }

    mutating func load<Content>(
        _ names: Set<String>, _ one: (inout TemplateLoader, String) -> Content?
    ) -> [String: Content] {
        var loaded: [String: Content] = [:]
        for name in names.sorted() { loaded[name] = one(&self, name) }
        return loaded
    }

    mutating func mail(_ name: String) -> Translated<MailTemplate>? {
        guard let original = mail(name, language: nil) else { return nil }
        var translations: [String: MailTemplate] = [:]
        for language in store.languages(below: "email/\(name)") {
            translations[language] = mail(name, language: language)
        }
        return Translated(original: original, translations: translations)
    }

    private mutating func mail(_ name: String, language: String?) -> MailTemplate? {
        let folder = "email/\(name)" + (language.map { "/\($0)" } ?? "")
        let subject = part("\(folder)/subject.txt.mustache", language, "email", MessageContext.schema.vocabulary)
        let text = part("\(folder)/body.txt.mustache", language, "email", MessageContext.schema.vocabulary)
        let html = part("\(folder)/body.html.mustache", language, "email", MessageContext.schema.vocabulary)
        guard let subject, let text, let html else { return nil }
        return MailTemplate(subject: subject, text: text, html: html)
    }

    mutating func payload(_ name: String) -> TemplatePart? {
        part("webhook/\(name).json.mustache", nil, "webhook", MessageContext.schema.vocabulary)
    }

    mutating func page(_ name: String) -> Translated<TemplatePart>? {
        guard let original = part("page/\(name)/page.html.mustache", nil, "page", PageContext.schema.vocabulary) else {
            return nil
        }
        var translations: [String: TemplatePart] = [:]
        for language in store.languages(below: "page/\(name)") {
            translations[language] = part(
                "page/\(name)/\(language)/page.html.mustache", language, "page", PageContext.schema.vocabulary)
        }
        return Translated(original: original, translations: translations)
    }

    private mutating func part(
        _ path: String, _ language: String?, _ family: String, _ vocabulary: Vocabulary
    ) -> TemplatePart? {
        do throws(TemplateErrors) {
            let part = try TemplatePart(path, language: language, family: family, vocabulary: vocabulary, store: store)
            if part == nil {
                problems.append(
                    RenderError(
                        code: .template, location: "templates/\(path)", problem: "there is no such template",
                        next: "There are \(store.names(in: family).joined(separator: ", "))"))
            }
            return part
        } catch {
            problems += error.problems
            return nil
        }
    }
}
