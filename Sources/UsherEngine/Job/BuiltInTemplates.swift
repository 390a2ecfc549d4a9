internal import UsherRender

/// The templates that are part of the program, to be listed and copied.
package enum BuiltInTemplates {
    /// A template.
    package struct Entry: Hashable, Sendable {
        /// `email/reminder`.
        package let path: String
        /// Its languages, English first; none for a payload.
        package let languages: [String]
    }

    /// Why nothing, or not everything, was exported.
    package enum Refusal: Error, Hashable, Sendable {
        /// There is no template of this name, or several.
        case name(String)
        /// A file cannot be written, or exists.
        case file(String)
    }

    /// All templates.
    package static var all: [Entry] {
        TemplateCatalog.all.map { Entry(path: "\($0.family)/\($0.name)", languages: $0.languages) }
    }

    /// Writes the files of a template in all languages, with its partials and words, into a folder.
    ///
    /// - Parameters:
    ///   - name: `reminder`, or `email/reminder`.
    ///   - folder: The folder, which is created if it is missing.
    ///   - overwrites: Whether existing files are replaced.
    /// - Returns: The paths of the files in the folder.
    /// - Throws: ``Refusal``.
    package static func export(_ name: String, to folder: String, overwrites: Bool) throws(Refusal) -> [String] {
        let entries = TemplateCatalog.entries(named: name)
        guard let entry = entries.first, entries.count == 1 else {
            let candidates = (entries.isEmpty ? TemplateCatalog.all : entries).map { "\($0.family)/\($0.name)" }
            throw .name(
                "\(entries.isEmpty ? "There is no" : "There are several") built-in template \"\(name)\". "
                    + "Name one of \(candidates.joined(separator: ", ")).")
        }
        let files = TemplateCatalog.files(of: entry)
        do throws(RenderError) {
            try TemplateCatalog.write(files, to: folder, overwrites: overwrites)
        } catch {
            throw .file(error.description)
        }
        return files.map(\.path)
    }
}
