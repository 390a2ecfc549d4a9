import Testing
import UsherTesting
import UsherText

/// No reader of outside text needs work that grows faster than the text.
@Suite("work grows as the text does", .serialized)
struct GrowthTests {
    private static func repeated(_ text: String) -> @Sendable (Int) -> [UInt8] {
        { Array(String(repeating: text, count: $0 / text.utf8.count + 1).utf8) }
    }

    @Test(arguments: [
        "<p>word</p>", "<", "<p", "</", "<!--", "<!---", "<!-- -- >", "<script>", "<script></scrip", "<style><style ",
        "&amp;",
        "&", "&#", "&#x1F600", "&#1111111", "&CounterClockwiseContourIntegral", "<a href='https://example.com/a'>",
        "<a href=\"",
        "<a href=https://e.com>x</a>", "<a href=x>", "<p a", "<p a=", "<p a='", "<?", "<!", "<br>", "\n", " ",
        "<title>", "<td>",
    ])
    func html(_ text: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("HTML of \(text)") {
            String(decoding: input($0), as: UTF8.self)
        } work: {
            _ = HTMLReader.plainText($0)
            _ = HTMLReader.links($0)
            _ = HTMLReader.isMarkup($0)
        }
    }

    @Test(arguments: [
        "https://example.com ", "https://", "http", "a.b ", "(", ")", "https://a.b/(", "https://a.b/)", ".",
        "<https://a.b>",
        "https://a.b/,", "。", "&", "@", "mailto:a@b.c ",
    ])
    func linksInText(_ text: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("a text of \(text)") {
            String(decoding: input($0), as: UTF8.self)
        } work: {
            _ = TextPiece.pieces(of: $0[...])
        }
    }

    @Test(arguments: [
        [0xC3], [0xC3, 0xA9], [0x1B], [0x1B, 0x24, 0x42, 0x24, 0x22], [0], [0, 0xD8], [0xFF], [0x80], [0x2B],
    ])
    func charsets(_ octets: [UInt8]) async throws {
        let input = { @Sendable (size: Int) in
            (0...size / octets.count).flatMap { _ in octets }
        }
        for charset in [
            "utf-8", "iso-8859-1", "windows-1252", "iso-2022-jp", "utf-16", "gb18030", "big5", "utf-7", "x",
        ] {
            try await Growth.expectLinear("\(charset) of \(octets)", input: input) {
                _ = Charset.utf8($0, charset: charset)
            }
        }
        try await Growth.expectLinear("encodings of \(octets)", input: input) { bytes in
            _ = Charset.western(bytes)
            var detector = EncodingDetector()
            for byte in bytes { detector.read(byte) }
            _ = detector.finding()
            for encoding in [TextEncoding.utf16LittleEndian, .utf16BigEndian] {
                var transcoder = UTF8Transcoder(encoding)
                var count = 0
                for byte in bytes { transcoder.read(byte) { _ in count += 1 } }
                transcoder.finish { _ in count += 1 }
            }
        }
    }

    @Test(arguments: [
        ("<a>", "<b/>", "</a>"), ("<a>", "<b><c>x</c></b>", "</a>"), ("<a>", "&amp;", "</a>"), ("<a>", "&", "</a>"),
        ("<a>", "\r", "</a>"), ("<a>", "<!-- - -- -->", "</a>"), ("<a><!--", "--", ""),
        ("<a><![CDATA[", "]", "]]></a>"),
        ("<a b='", "x", "'/>"), ("<a b='", "&lt;", "'/>"), ("<a", " b='c'", "/>"), ("<a", " xmlns:p='u'", "/>"),
        ("<a xmlns='u'>", "<b xmlns='v' xmlns:p='w'><p:c/></b>", "</a>"), ("", "<a>", ""), ("<a", "x", "/>"),
        ("<a>", "<?x ?", ""), ("<a>", "<", ""),
    ])
    func xml(_ start: String, _ text: String, _ end: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("XML of \(text)") {
            Array(start.utf8) + input($0) + Array(end.utf8)
        } work: {
            _ = XMLReader.read($0) { _ in true }
        }
    }

    @Test(arguments: [
        ("[", "1,", "1]"), ("[", "[1],", "1]"), ("", "[", ""), ("", "{\"a\":", ""), ("{", "\"a\":1,", "\"b\":1}"),
        ("\"", "a", "\""), ("\"", "\\u00e9", "\""), ("\"", "\\", ""), ("", "1", ""), ("", " ", "1"),
        ("[", "1.5e3,", ""), ("{", "\"a\":{},", "\"a\":{}}"), ("[", "\"\\ud83d\\ude00\",", "1]"),
        ("\"", "\\ud83d", "\""),
        ("[", "true,", "tru"), ("[\"", "\u{e9}", "\"]"),
    ])
    func json(_ start: String, _ text: String, _ end: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("JSON of \(text)") {
            Array(start.utf8) + input($0) + Array(end.utf8)
        } work: {
            _ = JSONValue($0)?.line()
        }
    }

    /// What is nested deeper than it may be is given up at once.
    @Test(arguments: ["[", "{\"a\":", "[{\"a\":", "[[],"])
    func nestedJSON(_ text: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("JSON nested by \(text)", input: input) { #expect(JSONValue($0) == nil) }
    }

    @Test(arguments: ["a,b\n", "a,", "\"a\"\"b", "\"", "\"\"", "\n", "a\"", ",\r"])
    func csv(_ text: String) async throws {
        try await Growth.expectLinear("CSV of \(text)", input: Self.repeated(text)) { bytes in
            var reader = CSVReader(maximumBytes: 1 << 20)
            for byte in bytes { _ = reader.read(byte) }
            _ = reader.finish()
        }
    }

    @Test(arguments: ["a", "=", "=41", "=\r\n", " ", " \n", "%41", "%", "+/", "\u{2028}"])
    func codecs(_ text: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("quoted-printable of \(text)", input: input) { _ = QuotedPrintable.decode($0) }
        try await Growth.expectLinear("lines of \(text)", input: input) { _ = QuotedPrintable.split($0) }
        try await Growth.expectLinear("an encoded line of \(text)", input: input) { bytes in
            var result: [UInt8] = []
            QuotedPrintable.appendLine(bytes, to: &result)
        }
        try await Growth.expectLinear("base64 of \(text)", input: input) { _ = Base64.decodeLeniently($0) }
        try await Growth.expectLinear("percent-encoding of \(text)") {
            String(decoding: input($0), as: UTF8.self)
        } work: {
            _ = PercentEncoding.octets($0)
            _ = PercentEncoding.text($0)
            _ = MarkupEscape.text($0)
            _ = ("\($0)" as XMLText).text
            _ = ("\($0)" as HTMLText).text
        }
    }

    @Test(arguments: ["1.", "::", "a.", "http://", "["])
    func networkNames(_ text: String) async throws {
        let input = Self.repeated(text)
        try await Growth.expectLinear("network names of \(text)") {
            String(decoding: input($0), as: UTF8.self)
        } work: {
            _ = IPAddress($0)
            _ = NetworkLocation.isThisMachine(url: $0)
        }
    }
}
