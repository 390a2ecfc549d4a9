internal import Foundation
internal import UsherModel

/// The texts of templates: a folder's first, then those built in.
///
/// A template folder of the job replaces the built-in one of that name as a whole.
struct TemplateStore: Sendable {
    private let texts: [String: String]
    private let folders: Set<String>
    private let root: String?

    /// Reads the templates below a folder; nil means the built-in ones alone.
    ///
    /// - Throws: ``TemplateErrors`` where a file cannot be read, is too large or no UTF-8.
    init(folder: String?) throws(TemplateErrors) {
        root = folder
        guard let folder else {
            (texts, folders) = ([:], [])
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
        for name in (names ?? []).sorted() where name.hasSuffix(".mustache") {
            let data = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
            if data.count <= Limits.templateBytes, let text = String(data: data, encoding: .utf8) {
                texts[name] = text
            } else {
                problems.append(
                    RenderError(
                        code: .template, location: "\(folder)/\(name)",
                        problem: "more than \(Limits.templateBytes) octets, or no UTF-8",
                        next: "Write a smaller file in UTF-8"))
            }
        }
        guard problems.isEmpty else { throw TemplateErrors(problems: problems) }
        self.texts = texts
        folders = Set(texts.keys.map { Self.unit(of: $0) })
    }

    /// The text of a template and where it stands; nil where there is none.
    func text(_ path: String) -> (location: String, text: String)? {
        if folders.contains(Self.unit(of: path)) {
            return texts[path].map { ("\(root ?? "")/\(path)", $0) }
        }
        return EmbeddedTemplates.texts[path].map { ("templates/\(path)", $0) }
    }

    /// The languages that a template folder is translated into.
    func languages(below folder: String) -> [String] {
        let all = folders.contains(folder) ? Array(texts.keys) : Array(EmbeddedTemplates.texts.keys)
        let inside = all.filter { $0.hasPrefix(folder + "/") }.map { $0.dropFirst(folder.count + 1) }
        return Set(inside.compactMap { $0.contains("/") ? $0.split(separator: "/").first.map(String.init) : nil })
            .sorted()
    }

    /// The names of templates of a family, for suggestions.
    func names(in family: String) -> [String] {
        let all = Array(texts.keys) + Array(EmbeddedTemplates.texts.keys)
        let units = Set(all.map { Self.unit(of: $0) }).filter { $0.hasPrefix(family + "/") }
        return units.map { String($0.dropFirst(family.count + 1)) }.filter { $0 != "shared" }.sorted()
    }

    /// What is replaced as a whole: `email/reminder`, or a single file such as `webhook/slack.json.mustache`.
    private static func unit(of path: String) -> String {
        path.split(separator: "/").prefix(2).joined(separator: "/")
    }
}
