import Testing
import UsherText

@Suite("CSV is read and written as RFC 4180 says")
struct CSVTests {
    private func rows(_ text: String, delimiter: UInt8 = 44, maximumBytes: Int = 1000) -> [CSVReader.Row] {
        var reader = CSVReader(delimiter: delimiter, maximumBytes: maximumBytes)
        return Array(text.utf8).compactMap { reader.read($0) } + [reader.finish()].compactMap { $0 }
    }

    @Test(arguments: [
        ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]), ("a\rb\nc\n", [["a"], ["b"], ["c"]]),
        ("\n\r\n,\n", [["", ""]]), ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]), ("\"a\r\nb\",c", [["a\r\nb", "c"]]),
        ("\"\"", [[""]]), ("\"\",x", [["", "x"]]), ("", []), (" a , b ", [[" a ", " b "]]), ("a,", [["a", ""]]),
    ])
    func rowsAndFieldsAreFound(text: String, fields: [[String]]) {
        let rows = rows(text)
        #expect(rows.map(\.fields) == fields)
        #expect(rows.allSatisfy { $0.problem == nil })
    }

    @Test func anotherDelimiterSeparates() {
        #expect(rows("a;b,c", delimiter: 59).map(\.fields) == [["a", "b,c"]])
    }

    @Test(arguments: [
        ("a\"b\nx", "a quote inside a field that is not quoted"), ("\"a\"b\nx", "text after a closing quote"),
        ("\"\"x\nx", "text after a closing quote"), ("0123456789,\nx", "a row of more than 10 octets"),
        ("\"01234567890\"\nx", "a row of more than 10 octets"),
    ])
    func aBadRowSaysWhyAndTheNextOneIsRead(text: String, problem: String) {
        let rows = rows(text, maximumBytes: 10)
        #expect(rows.map(\.problem) == [problem, nil])
        #expect(rows.last?.fields == ["x"])
    }

    @Test func aQuoteThatIsNeverClosedAndOctetsThatAreNoTextAreProblems() {
        #expect(rows("\"a\nb").map(\.problem) == ["a quoted field that does not end"])
        #expect(CSVReader.row(ofLine: [0xFF], delimiter: 44, maximumBytes: 10)?.problem == "bytes that are not UTF-8")
        #expect(CSVReader.row(ofLine: [], delimiter: 44, maximumBytes: 10) == nil)
    }

    @Test func memoryIsBoundedWhateverTheRow() {
        let rows = rows(String(repeating: "x,", count: 10_000), maximumBytes: 10)
        #expect(rows.count == 1)
        #expect(rows[0].fields.count <= 12)
    }

    @Test(arguments: [["plain", ""], ["a,b", "c\"d", "e\nf", "g\rh"], [" "], ["\"\u{301}", "a\r\n\u{301},"]])
    func whatIsWrittenIsReadBack(fields: [String]) {
        #expect(rows(CSVWriter.row(fields)).map(\.fields) == [fields])
    }
}
