import Testing
import UsherText

@Suite("JSON is read by the letter and written so that it can be read back")
struct JSONTests {
    private func read(_ text: String) -> JSONValue? { JSONValue(Array(text.utf8)) }

    @Test(arguments: [
        #"{"b":1,"a":[true,false,null,-1.5e3],"c":{}}"#, #""""#, "[]", "0", #"[{"x":[[]]}]"#, #"{"":""}"#,
        #""\"\\\n\r\t\u0000\u001f äé😀""#,
    ])
    func whatIsReadIsWrittenTheSame(text: String) throws {
        #expect(try #require(read(text)).line() == text)
    }

    @Test(arguments: [
        (#""\u00e4\u20AC\ud83d\ude00\/\b\f""#, "ä€😀/\u{8}\u{C}"), (#""a\u2028b""#, "a\u{2028}b"), (#" "x" "#, "x"),
    ])
    func escapesAreDecoded(text: String, value: String) {
        #expect(read(text)?.text == value)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "nul", "truex", "01", "-", "1.", "+1", "1 2", "\"", "\"\\",
        "\"\\x\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "[1}", "{\"a\" 1}",
        "'a'",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(read(text) == nil)
    }

    @Test func octetsThatAreNotUTF8AreRefused() {
        #expect(JSONValue([0x22, 0xFF, 0x22]) == nil)
        #expect(JSONValue([0x22, 0x5C, 0x6E, 0xC3, 0x22]) == nil)
    }

    @Test func nestingIsBounded() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(read(nested(128)) != nil)
        #expect(read(nested(129)) == nil)
        #expect(read(String(repeating: "{\"a\":", count: 1_000_000)) == nil)
    }

    @Test func aMemberIsFoundByNameAndTheLastOfTwoWins() throws {
        let value = try #require(read(#"{"a":1,"b":{"c":"x"},"a":2,"f":true}"#))
        #expect(value["a"].integer == 2)
        #expect(value["b"]["c"].text == "x")
        #expect(value["f"].flag == true)
        #expect(value["missing"]["deep"] == .null)
        #expect(value["a"].items.isEmpty)
        #expect(value.isObject)
    }

    @Test func membersKeepTheirOrderOrAreSorted() {
        let value: JSONValue = ["z": "1", "a": .integer(2), "l": [.null, .optional(nil), .optional("x")]]
        #expect(value.line() == #"{"z":"1","a":2,"l":[null,null,"x"]}"#)
        #expect(JSONValue.object(JSONObject(sorting: ["z": "1", "a": "2"])).line() == #"{"a":"2","z":"1"}"#)
    }

    @Test func insideAScriptNothingCanEndTheElement() {
        let value = JSONValue.string("</script>\u{2028}\u{2029}âž \"")
        #expect(value.line(.script) == #""\u003c/script>\u2028\u2029âž \"""#)
        #expect(value.line() == "\"</script>\u{2028}\u{2029}âž \\\"\"")
    }
}
