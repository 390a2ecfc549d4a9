import Testing
import UsherJob
import UsherModel

@Suite("job files that are no good YAML, and secrets")
struct ParserTests {
    private func problems(_ text: String) -> [String] { problems(Array(text.utf8)) }

    private func problems(_ bytes: [UInt8]) -> [String] {
        do throws(JobErrors) {
            _ = try Job(bytes, file: "job.yaml") { _ in true }
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test(arguments: [
        ("", "job.yaml:1:1: found an empty file"), ("name: [", "the end of the file: expected a value"),
        ("\tname: x", "job.yaml:1:1: found"),
        ("name: a\nname: b\n", "the key name twice"), ("name: a\n---\nname: b\n", "found more than one YAML document"),
        ("- a\n", "job.yaml:1:1: found a list of 1: expected a mapping"),
        ("42", "job.yaml:1:1: found a text: expected a mapping"),
        ("a: &x [1, *x]", "job.yaml"), (String(repeating: "[", count: 10_000), "job.yaml"),
        (String(repeating: "a: {", count: 40), "job.yaml"),
    ])
    func areRefusedWithTheirPlace(text: String, expected: String) {
        let found = problems(text)
        #expect(found.first?.contains(expected) == true, "\(found)")
    }

    @Test func areRefusedWhereTheyAreNoUTF8OrTooLarge() {
        #expect(
            problems([0x6E, 0xFF, 0xFE]) == [
                "job.yaml:1:1: found bytes that are not UTF-8: expected a YAML file in UTF-8: save it as UTF-8"
            ])
        #expect(problems([UInt8](repeating: 0x20, count: Limits.jobFileBytes + 1)).first?.contains("at most") == true)
    }

    @Test func anAliasThatMultipliesItselfIsRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let refs = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(refs)]\n"
        }
        #expect(problems(text).first?.contains("more than") == true)
    }

    @Test func anyBytesAreAnsweredWithoutACrash() {
        var seed: UInt64 = 42
        let alphabet = Array("name: {}[]&*!|>'\"%@`,?:-#\n \t0az\u{e9}".utf8)
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<(Int(seed >> 33) % 40) {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(seed >> 33) % alphabet.count])
            }
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            #expect(!problems(bytes).isEmpty)
        }
    }

    @Test(arguments: [
        ("/a/b", "c", "/a/b/c"), ("/a/b", "../c", "/a/c"), ("a", "../../c", "../c"), ("", "c", "c"),
        ("x", "/y/../z", "/z"),
        ("jobs", "./a//b", "jobs/a/b"),
    ])
    func relativePathsStartAtTheJob(folder: String, path: String, expected: String) {
        #expect(JobPaths.resolve(path, in: folder) == expected)
    }

    @Test(arguments: [("600/min", 600, 60), ("10/s", 10, 1), ("36000/h", 36000, 3600), ("2000/d", 2000, 86_400)])
    func ratesAreReadInAnyUnit(text: String, count: Int, seconds: Int64) {
        #expect(Rate(text) == Rate(count: count, period: .seconds(seconds)))
    }

    @Test(arguments: ["600", "0/s", "10/sec", "-1/s", "1.5/s", "/s", "10/"])
    func anythingElseIsNoRate(_ text: String) {
        #expect(Rate(text) == nil)
    }
}
