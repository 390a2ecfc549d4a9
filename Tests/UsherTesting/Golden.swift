import Foundation
public import Testing

/// Compares bytes with a golden file of the test, byte for byte.
///
/// With `USHER_RECORD=1` in the environment the file is written first; read the diff before you commit it. A missing
/// file fails the test.
///
/// - Parameters:
///   - bytes: The actual bytes.
///   - name: The file's name in the `Golden` folder next to the test's source file.
///   - file: The test's source file.
///   - location: The location of the expectation.
/// - Throws: An error of reading or writing the file.
public func expectGolden(
    _ bytes: some Sequence<UInt8>, _ name: String, file: String = #filePath,
    at location: SourceLocation = #_sourceLocation
) throws {
    let url = URL(filePath: file).deletingLastPathComponent().appending(path: "Golden/\(name)")
    let got = Data(bytes)
    if ProcessInfo.processInfo.environment["USHER_RECORD"] != nil {
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try got.write(to: url)
    }
    guard let expected = FileManager.default.contents(atPath: url.path) else {
        Issue.record("no golden file \(name): record it with USHER_RECORD=1 and read it", sourceLocation: location)
        return
    }
    guard got != expected else { return }
    Issue.record(
        "\(name) differs\n--- expected\n\(text(expected))\n--- got\n\(text(got))", sourceLocation: location)
}

/// Compares a text with a golden file of the test.
public func expectGolden(
    _ text: String, _ name: String, file: String = #filePath, at location: SourceLocation = #_sourceLocation
) throws {
    try expectGolden(Array(text.utf8), name, file: file, at: location)
}

private func text(_ data: Data) -> String { String(decoding: data.prefix(20_000), as: UTF8.self) }
