internal import Foundation
internal import UsherModel

/// The texts of templates and word files: those of a job's own folder, then those built in.
///
/// The job's folder goes before the built-in one, file by file: a partial, or one part of one language. A template whose original is complete
/// in the job's folder (`email/reminder/` with its subject and both bodies) replaces the built-in one with all its translations.
struct TemplateStore: Sendable {
    private let texts: [String: String]
    /// The templates whose originals are complete in the job's folder.
    private let replaced: Set<String>
    private let root: String

    /// The built-in templates alone.
    init() { (texts, replaced, root) = ([:], [], "") }

    /// Reads the templates in a folder; nil means the built-in ones alone.
    ///
    /// - Throws: ``TemplateErrors`` if a file cannot be read, is too large or is not UTF-8.
    init(folder: String?) throws(TemplateErrors) {
        guard let folder else {
            (texts, replaced, root) = ([:], [], "")
            return
        }
        var texts: [String: String] = [:]
        var problems: [RenderError] = []
        let names = FileManager.default.subpaths(atPath: folder)
        if names == nil {
            problems.append(
                RenderError(
                    code: .template, location: folder, problem: "the template folder cannot be read",
                    next: "Check templates: in the job file"))
        }
        for name in (names ?? []).sorted() where name.hasSuffix(".mustache") || Self.wordLanguage(name) != nil {
            let data = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
            if data.count <= Limits.templateBytes, let text = String(data: data, encoding: .utf8) {
                texts[name] = text
            } else {
                problems.append(
                    RenderError(
                        code: .template, location: "\(folder)/\(name)",
                        problem: "the file is larger than \(Limits.templateBytes) bytes or not UTF-8",
                        next: "Write a smaller file in UTF-8"))
            }
        }
        guard problems.isEmpty else { throw TemplateErrors(problems: problems) }
        self.texts = texts
        root = folder
        let units = Set(texts.keys.map { Self.unit(of: $0) })
        replaced = units.filter { unit in Self.originals(of: unit).allSatisfy { texts[$0] != nil } }
    }

    /// The text of a template and its path; nil if there is none.
    func text(_ path: String) -> (location: String, text: String)? {
        if let text = texts[path] { return ("\(root)/\(path)", text) }
        guard !replaced.contains(Self.unit(of: path)) else { return nil }
        return EmbeddedTemplates.texts[path].map { ("templates/\(path)", $0) }
    }

    /// The languages into which a template is translated.
    func languages(below folder: String) -> [String] {
        let all = Array(texts.keys) + (replaced.contains(folder) ? [] : Array(EmbeddedTemplates.texts.keys))
        let inside = all.filter { $0.hasPrefix(folder + "/") }.map { $0.dropFirst(folder.count + 1) }
        return Set(inside.compactMap { $0.contains("/") ? $0.split(separator: "/").first.map(String.init) : nil })
            .sorted()
    }

    /// The names of the templates in a family such as `email`.
    func names(in family: String) -> [String] {
        let all = Array(texts.keys) + Array(EmbeddedTemplates.texts.keys)
        let units = Set(all.map { Self.unit(of: $0) }).filter { $0.hasPrefix(family + "/") }
        return units.map { String($0.dropFirst(family.count + 1)) }.filter { $0 != "shared" }.sorted()
    }

    /// The languages that have a word file.
    var wordLanguages: [String] {
        Set((Array(texts.keys) + Array(EmbeddedTemplates.texts.keys)).compactMap(Self.wordLanguage)).sorted()
    }

    /// The word files of a language: the job's own before the built-in one.
    func words(_ language: String) -> [(location: String, text: String)] {
        let path = "words/\(language).txt"
        let own = texts[path].map { ("\(root)/\(path)", $0) }
        let builtIn = EmbeddedTemplates.texts[path].map { ("templates/\(path)", $0) }
        return [own, builtIn].compactMap { $0 }
    }

    /// The language of `words/LANGUAGE.txt`; nil for any other path.
    private static func wordLanguage(_ path: String) -> String? {
        guard path.hasPrefix("words/"), path.hasSuffix(".txt") else { return nil }
        return String(path.dropFirst(6).dropLast(4))
    }

    /// The files that make up the original of a template; partials and words are no template, and are never replaced as a whole.
    private static func originals(of unit: String) -> [String] {
        let parts = unit.split(separator: "/")
        switch parts.first {
        case "email" where parts.last != "shared":
            return ["subject.txt", "body.txt", "body.html"].map { "\(unit)/\($0).mustache" }
        case "page" where parts.last != "shared": return ["\(unit)/page.html.mustache"]
        default: return [unit]
        }
    }

    /// What belongs together: `email/reminder`, or a single file such as `webhook/slack.json.mustache`.
    private static func unit(of path: String) -> String {
        path.split(separator: "/").prefix(2).joined(separator: "/")
    }
}
