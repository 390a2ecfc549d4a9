// embed-templates FOLDER OUTPUT: writes a Swift file with every template and word file in FOLDER, for the build.
import Foundation

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: embed-templates FOLDER OUTPUT\n".utf8))
    exit(64)
}
let folder = URL(filePath: arguments[1])
let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    .filter { $0.hasSuffix(".mustache") || $0.hasPrefix("words/") && $0.hasSuffix(".txt") }
    .sorted()
var lines = [
    "/// The files of the folder `templates`, as they were at build time.", "enum EmbeddedTemplates {",
]
lines += [
    "    /// The text of each file, by its path in the folder.", "    static let texts: [String: String] = [",
]
for name in names {
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\r", with: "\\r")
        .replacing("\n", with: "\\n")
    lines.append("        \"\(name)\": \"\(quoted)\",")
}
if names.isEmpty { lines.append("        :") }
lines += ["    ]", "}", ""]
try lines.joined(separator: "\n").write(toFile: arguments[2], atomically: true, encoding: .utf8)
