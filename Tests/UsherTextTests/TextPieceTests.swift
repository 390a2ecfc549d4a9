import Testing

@testable import UsherText

@Suite("plain text and the links in it")
struct TextPieceTests {
    private func marked(_ text: String) -> String {
        TextPiece.pieces(of: text[...]).map { $0.link == nil ? $0.text : "[\($0.text)]" }.joined()
    }

    @Test(arguments: [
        ("Agenda: here (https://example.com/agenda)", "Agenda: here ([https://example.com/agenda])"),
        ("See https://example.com/a, or http://b.example.", "See [https://example.com/a], or [http://b.example]."),
        ("https://en.wikipedia.org/wiki/Roof_(house)", "[https://en.wikipedia.org/wiki/Roof_(house)]"),
        ("(https://x.example/a(b))", "([https://x.example/a(b)])"),
        ("https://x.example/?q=1&r=%20#top!", "[https://x.example/?q=1&r=%20#top]!"),
        ("„https://x.example/ä“", "„[https://x.example/]ä“"), ("https://x.example。次", "[https://x.example]。次"),
        ("https:// and http://", "https:// and http://"), ("xhttps://x.example", "xhttps://x.example"),
        ("<https://x.example>", "<[https://x.example]>"), ("hhhttp", "hhhttp"), ("", ""),
        (
            "javascript:alert(1) ftp://x.example mailto:a@x.example",
            "javascript:alert(1) ftp://x.example mailto:a@x.example"
        ),
        ("\u{1F600} https://x.example \u{1F600}", "\u{1F600} [https://x.example] \u{1F600}"),
    ])
    func linksEndBeforeWhatIsAroundThem(_ text: String, _ expected: String) {
        #expect(marked(text) == expected)
        #expect(TextPiece.pieces(of: text[...]).map(\.text).joined() == text)
    }

    @Test func aTextOfManyLinksIsReadToItsEnd() {
        let text = String(repeating: "https://x.example/ ", count: 5000) + "end"
        let pieces = TextPiece.pieces(of: text[...])
        #expect(pieces.map(\.text).joined() == text && pieces.count <= 202)
    }
}
