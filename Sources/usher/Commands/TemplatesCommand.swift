import ArgumentParser
import UsherEngine
import UsherText

/// `usher templates …`: shows the built-in templates, and copies one to be changed.
struct TemplatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "templates",
        abstract: "List the built-in templates, and copy one into a folder of your own.",
        subcommands: [List.self, Export.self])

    /// `templates list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the built-in templates and their languages.")

        @OptionGroup var output: OutputOptions

        func run() {
            let terminal = Terminal(output)
            let templates = BuiltInTemplates.all
            let cells = templates.map { [$0.path, $0.languages.joined(separator: ", ")] }
            for line in Table.lines(["TEMPLATE", "LANGUAGES"], cells) { terminal.say(line) }
            for template in templates {
                terminal.emit([
                    "template": .string(template.path), "languages": .array(template.languages.map { .string($0) }),
                ])
            }
        }
    }

    /// `templates export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy a built-in template into a folder: all languages, and the partials and words it uses.",
            discussion: """
                Name the folder in the job file (templates: FOLDER). Files that you do not change are best deleted: what your folder \
                does not have stays built in, and improves with every version of usher.
                """)

        @Argument(help: "The template, such as reminder or email/reminder.") var name: String
        @Argument(help: "The folder; it is created if it is missing.") var folder: String
        @Flag(help: "Replace files that exist.") var force = false
        @OptionGroup var output: OutputOptions

        func run() throws {
            let terminal = Terminal(output)
            do throws(BuiltInTemplates.Refusal) {
                let paths = try BuiltInTemplates.export(name, to: folder, overwrites: force)
                for path in paths { terminal.say("\(folder)/\(path)") }
                terminal.emit(["folder": .string(folder), "files": .array(paths.map { .string($0) })])
            } catch {
                switch error {
                case .name(let problem): throw ValidationError(problem)
                case .file(let problem):
                    terminal.warn(problem)
                    terminal.emit(["folder": .string(folder), "problem": .string(problem)])
                    throw Exit.inputOutput.error
                }
            }
        }
    }
}
