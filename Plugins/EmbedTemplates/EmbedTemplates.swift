import Foundation
import PackagePlugin

/// Turns the folder `templates` into a Swift file, so that the binary contains the built-in templates and words.
@main
struct EmbedTemplates: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "templates")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedTemplates.swift")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".mustache") || $0.hasPrefix("words/") && $0.hasSuffix(".txt")
        }
        return [
            .buildCommand(
                displayName: "Embedding \(names.count) templates",
                executable: try context.tool(named: "embed-templates").url,
                arguments: [folder.path, output.path], inputFiles: names.sorted().map { folder.appending(path: $0) },
                outputFiles: [output])
        ]
    }
}
