internal import Foundation

/// The built-in templates: which there are, and the files of each, to be copied and changed.
package enum TemplateCatalog {
    /// A built-in template.
    package struct Entry: Hashable, Sendable {
        /// What it is for: `email`, `webhook` or `page`.
        package let family: String
        package let name: String
        /// The languages that it is written in, English first; none for a payload, which has no words of its own.
        package let languages: [String]
    }

    /// A file of a template, by its path in a template folder.
    package struct File: Hashable, Sendable {
        package let path: String
        package let text: String
    }

    private static let store = TemplateStore()
    private static let families = ["email", "webhook", "page"]

    /// All templates, by family and name.
    package static var all: [Entry] {
        families.flatMap { family in
            store.names(in: family).map { name in
                let isPayload = family == "webhook"
                let languages = isPayload ? [] : ["en"] + store.languages(below: "\(family)/\(name)")
                return Entry(
                    family: family, name: isPayload ? String(name.prefix { $0 != "." }) : name, languages: languages)
            }
        }
    }

    /// The templates of a name: `reminder`, or `email/reminder`.
    package static func entries(named name: String) -> [Entry] {
        all.filter { $0.name == name || "\($0.family)/\($0.name)" == name }
    }

    /// Everything that a template consists of, in all languages: its own files, the partials that they use, and the words that are inserted.
    package static func files(of entry: Entry) -> [File] {
        let own = "\(entry.family)/\(entry.name)"
        var paths = EmbeddedTemplates.texts.keys.filter { $0.hasPrefix(own + "/") || $0.hasPrefix(own + ".") }
        var files: [String: String] = [:]
        var needsWords = entry.family == "email"
        while let path = paths.popLast() {
            guard files[path] == nil, let text = EmbeddedTemplates.texts[path] else { continue }
            files[path] = text
            for tag in TemplateTag.tags(of: text) {
                if tag.kind == .partial || tag.kind == .parent { paths += partials(tag.name, entry) }
                if tag.name.hasSuffix("startsIn") || tag.name.hasPrefix("words.") { needsWords = true }
            }
        }
        if needsWords {
            for language in store.wordLanguages {
                let path = "words/\(language).txt"
                files[path] = EmbeddedTemplates.texts[path]
            }
        }
        return files.map { File(path: $0.key, text: $0.value) }.sorted { $0.path < $1.path }
    }

    /// Writes files into a folder.
    ///
    /// - Parameters:
    ///   - files: The files.
    ///   - folder: The folder, which is created if it is missing.
    ///   - overwrites: Whether existing files are replaced.
    /// - Throws: ``RenderError`` if a file exists and is not to be replaced, in which case nothing is written, or if one cannot be written.
    package static func write(_ files: [File], to folder: String, overwrites: Bool) throws(RenderError) {
        let existing = files.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0.path)") }
        if let first = existing.first, !overwrites {
            let others = existing.count > 1 ? " and \(existing.count - 1) more" : ""
            throw RenderError(
                code: .result, location: "\(folder)/\(first.path)",
                problem: "the file exists\(others), nothing was written",
                next: "Choose another folder, or replace what is there with --force")
        }
        for file in files {
            let url = URL(filePath: "\(folder)/\(file.path)")
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: url, options: .atomic)
            } catch {
                throw RenderError(
                    code: .result, location: "\(folder)/\(file.path)", problem: "the file cannot be written",
                    next: "Check that the folder is one, and that you may write to it")
            }
        }
    }

    private static func partials(_ name: String, _ entry: Entry) -> [String] {
        let file = name.hasPrefix("shared/") ? String(name.dropFirst(7)) : name
        let shared = "\(entry.family)/shared"
        return ["\(shared)/\(file).mustache"]
            + entry.languages.dropFirst().map { "\(shared)/\($0)/\(file).mustache" }
    }
}
