import Foundation
import Testing

/// Package.swift declares exactly what the files import.
///
/// The compiler alone lets a target import what its dependencies depend on, and keeps a dependency that nobody imports any more.
@Suite("the package's manifest")
struct ManifestTests {
    private struct Target {
        let name: String
        let folder: String
        let dependencies: Set<String>
    }

    /// Modules that come with the toolchain.
    private static let toolchain: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationNetworking", "FoundationXML", "Glibc",
        "PackagePlugin", "RegexBuilder", "Swift", "Synchronization", "Testing",
    ]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private let targets: [Target]

    init() throws {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        targets = try Self.targets(of: manifest)
    }

    @Test func isReadWhole() {
        let names = Set(targets.map(\.name))
        #expect(
            names.isSuperset(of: ["usher", "UsherText", "UsherModel", "UsherRender", "UsherTesting", "UsherModelTests"])
        )
        let render = targets.first { $0.name == "UsherRender" }
        #expect(render?.dependencies.isSuperset(of: ["UsherModel", "ICalendar", "Mustache"]) == true)
    }

    @Test func everyImportIsADirectDependency() throws {
        for target in targets {
            let declared = target.dependencies.union(Self.toolchain).union([target.name])
            for (module, file) in try Self.imports(of: target) where !declared.contains(module) {
                Issue.record("\(file): import \(module), which Package.swift does not declare for \(target.name)")
            }
        }
    }

    @Test func everyDependencyIsImported() throws {
        for target in targets {
            // The manifest's own function adds UsherTesting to every target of tests; C targets include, they do not import.
            let unused = target.dependencies.subtracting(try Self.imports(of: target).keys)
                .subtracting([target.name, "UsherTesting", "CCurlSystem"])
            for module in unused.sorted() {
                Issue.record("Package.swift: \(target.name) depends on \(module), which none of its files imports")
            }
        }
    }

    // MARK: Reading

    /// The modules that a target's files import, each with one of the files.
    private static func imports(of target: Target) throws -> [String: String] {
        let folder = root.appending(path: target.folder)
        let pattern = try Regex(
            #"^(@\w+(\(\w+\))? )*((public|package|internal|private|fileprivate) )?import ((struct|class|enum|func) )?(?<module>\w+)"#,
            as: AnyRegexOutput.self)
        var imports: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        where name.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            for line in text.split(separator: "\n") {
                guard let module = line.firstMatch(of: pattern)?["module"]?.substring else { continue }
                imports[String(module)] = "\(target.folder)/\(name)"
            }
        }
        return imports
    }

    private static func targets(of manifest: String) throws -> [Target] {
        let product = #/let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/#
        let products = manifest.matches(of: product).reduce(into: [Substring: String]()) { products, match in
            products[match.1] = String(match.2)
        }
        let opening = #/(library|tests|\.target|\.executableTarget|\.testTarget)\(\s*(?:name: )?"([\w-]+)"/#
        return try manifest.matches(of: opening).map { match in
            let call = call(manifest[match.range.lowerBound...])
            var dependencies: Set<String> = match.1 == "tests" ? ["UsherTesting"] : []
            let list =
                match.1.hasPrefix(".")
                ? call.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.1 : call.firstMatch(of: #/\[([^\]]*)\]/#)?.1
            for item in (list ?? "").split(whereSeparator: { ", \n".contains($0) }) {
                let name = item.hasPrefix("\"") ? String(item.dropFirst().dropLast()) : products[item]
                dependencies.insert(try #require(name, "\(item) of \(match.2)"))
            }
            let isTest = match.1 == "tests" || match.1 == ".testTarget"
            let path = call.firstMatch(of: #/path: "([^"]+)"/#).map { String($0.1) }
            return Target(
                name: String(match.2), folder: path ?? "\(isTest ? "Tests" : "Sources")/\(match.2)",
                dependencies: dependencies)
        }
    }

    /// A text up to the parenthesis that closes the first one in it.
    private static func call(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if text[index] == ")", depth == 0 { return text[...index] }
        }
        return text
    }
}
