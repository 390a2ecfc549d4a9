import Testing
import UsherText

@Suite("octets become text and come back")
struct CodecTests {
    // RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsAsTheRFCSays(octets: String, text: String) {
        #expect(Base64.encode(Array(octets.utf8)) == text)
        #expect(Base64.decode(text) == Array(octets.utf8))
        #expect(Base64.decodeLeniently(Array(text.utf8)) == Array(octets.utf8))
    }

    @Test func aMarkThatCombinesKeepsNothingFromBeingReplaced() {
        let quoted = "a'\u{301}b'".replacingOctets(of: "'", with: "''")
        #expect(quoted == "a''\u{301}b''")
        #expect("a\r\nb".replacingOctets(of: "\n", with: "|") == "a\r|b")
        #expect("".replacingOctets(of: "a", with: "b") == "" && "aaa".replacingOctets(of: "aa", with: "b") == "ba")
    }

    @Test func everyOctetSurvivesEveryAlphabet() {
        for count in 0...70 {
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(Base64.decode(Base64.encode(octets)) == octets)
            #expect(Base64.decode(Base64.encode(octets, .url), .url) == octets)
            #expect(Base64.decodeLeniently(Base64.lines(octets)) == octets)
        }
        #expect(Base64.encode([0xFB, 0xFF], .url) == "-_8")
        #expect(Base64.decode("-_8=", .url) == [0xFB, 0xFF])
        #expect(Base64.decode("-_8=") == nil)
        #expect(Base64.decode("+/8", .url) == nil)
        #expect(Base64.encode([0xFB, 0xFF], .mailbox) == "+,8")
    }

    @Test func linesHave76CharactersAndEndInCRLF() {
        let lines = Base64.lines([UInt8](repeating: 0, count: 58))
        #expect(lines == Array((String(repeating: "A", count: 76) + "\r\nAA==\r\n").utf8))
        #expect(Base64.lines([]).isEmpty)
    }

    @Test(arguments: [
        "Z", "Zg=", "Zg===", "Z===", "Zm9v=", "Z g=", "Zg==Zg==", "=", "Zé==", "Zm9vYg=", "a.b.", "Zm9v\n", "Zm8",
    ])
    func whatIsNotBase64IsRefused(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func mailMayHoldAnythingBetweenTheCharacters() {
        #expect(Base64.decodeLeniently(Array("Zm 9v\r\nYm!Fy==junk".utf8)) == Array("foobar".utf8))
    }

    @Test func eachSetOfCharactersKeepsItsOwn() {
        let text = "aZ09-._~/@$' ü%"
        #expect(PercentEncoding.encode(text, keeping: .unreserved) == "aZ09-._~%2F%40%24%27%20%C3%BC%25")
        #expect(PercentEncoding.encode(text, keeping: .path) == "aZ09-._~/%40%24%27%20%C3%BC%25")
        #expect(PercentEncoding.encode(text, keeping: .odata) == "aZ09-._~%2F@$'%20%C3%BC%25")
        #expect(PercentEncoding.encode(text, keeping: .form) == "aZ09-._%7E%2F%40%24%27%20%C3%BC%25")
        #expect(PercentEncoding.encode(text, keeping: .fileName) == "aZ09-._%7E%2F@%24%27%20%C3%BC%25")
        #expect(PercentEncoding.encode([0x00, 0xFF], keeping: .path) == "%00%FF")
    }

    @Test(arguments: [
        ("", ""), ("a%20b", "a b"), ("%c3%BC", "ü"), ("100%25", "100%"), ("a+b", "a+b"), ("plain", "plain"),
    ])
    func percentEncodedTextIsDecoded(text: String, decoded: String) {
        #expect(PercentEncoding.text(text) == decoded)
        #expect(PercentEncoding.octets(text) == Array(decoded.utf8))
    }

    @Test(arguments: ["%", "%2", "a%", "%zz", "%+5", "%FF", "%2%20"])
    func anEscapeThatIsIncompleteIsRefusedOrKept(text: String) {
        #expect(PercentEncoding.text(text) == nil)
        if text != "%FF" { #expect(PercentEncoding.octets(text).first == text.utf8.first) }
    }

    @Test func xtextOfMailIsDecodedByItsOwnMark() {
        #expect(PercentEncoding.text("a+2Bb+3D%40", escape: "+") == "a+b=%40")
        #expect(PercentEncoding.text("a+2", escape: "+") == nil)
    }

    @Test func hexadecimalDigitsAreReadInEitherCase() {
        for octet in UInt8.min...UInt8.max {
            var bytes: [UInt8] = []
            Hex.append(octet, to: &bytes)
            Hex.appendUpperCase(octet, to: &bytes)
            #expect(Hex.octet(at: 0, in: bytes) == octet)
            #expect(Hex.octet(at: 2, in: bytes) == octet)
        }
        #expect(Hex.octet(at: 0, in: Array("0".utf8)) == nil)
        #expect(Hex.octet(at: 0, in: Array("0g".utf8)) == nil)
    }

    @Test(arguments: [
        ("plain text", "plain text\r\n"), ("", "\r\n"), ("ends in a blank ", "ends in a blank=20\r\n"),
        ("a=b", "a=3Db\r\n"),
        ("Grüße", "Gr=C3=BC=C3=9Fe\r\n"), (".dot", "=2Edot\r\n"), ("From me", "=46rom me\r\n"), ("Frome", "Frome\r\n"),
    ])
    func aLineIsEncodedAsQuotedPrintable(text: String, encoded: String) {
        var result: [UInt8] = []
        QuotedPrintable.appendLine(Array(text.utf8), to: &result)
        #expect(String(decoding: result, as: UTF8.self) == encoded)
        #expect(QuotedPrintable.decode(result) == Array((text + "\r\n").utf8))
    }

    @Test func aLongLineIsBrokenAndComesBack() {
        let text = Array(String(repeating: "ä x", count: 100).utf8)
        var result: [UInt8] = []
        QuotedPrintable.appendLine(text, to: &result)
        #expect(result.split(separator: 10).allSatisfy { $0.count <= 77 })
        #expect(QuotedPrintable.decode(result) == text + [13, 10])
    }

    @Test(arguments: [
        ("a=\nb", "ab"), ("a=\r\nb", "ab"), ("=4", "=4"), ("=zz", "=zz"), ("=", "="), ("=\r", "=\r"), ("=4a", "J"),
    ])
    func whatIsNoEscapeStandsForItself(text: String, decoded: String) {
        #expect(QuotedPrintable.decode(Array(text.utf8)) == Array(decoded.utf8))
    }
}
