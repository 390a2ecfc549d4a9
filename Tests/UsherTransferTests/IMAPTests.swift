import Testing

@testable import UsherTransfer

@Suite("IMAP on the wire")
struct IMAPTests {
    private func items(_ pieces: IMAPResponse.Piece...) -> [IMAPResponse.Item] { IMAPResponse(pieces).items }

    private func text(_ text: String) -> IMAPResponse.Piece { .text(Array(text.utf8)) }

    @Test func aResponseIsItsAtomsStringsAndLists() {
        #expect(
            items(
                text("* 3 FETCH (UID 4 BODY[]<0> "), .literal([1, 2]), text(" FLAGS (\\Seen $x) ENV \"a \\\"b\\\\\")"))
                == [
                    .atom("*"), .atom("3"), .atom("FETCH"),
                    .list([
                        .atom("UID"), .atom("4"), .atom("BODY[]<0>"), .string([1, 2]), .atom("FLAGS"),
                        .list([.atom("\\Seen"), .atom("$x")]), .atom("ENV"), .string(Array("a \"b\\".utf8)),
                    ]),
                ])
        #expect(items(text("")) == [] && items(text("  ")) == [])
        #expect(items(text("* (a")) == [.atom("*"), .list([.atom("a")])])
    }

    @Test(
        arguments: [("a {12}", 12), ("{0}", 0), ("a {x}", nil), ("a {1", nil), ("12}", nil), ("", nil)]
            as [(String, Int?)])
    func aLineAnnouncesItsLiteral(_ line: String, _ count: Int?) {
        #expect(IMAPResponse.literal(announcedBy: Array(line.utf8)) == count)
    }

    /// The examples of RFC 3501 §5.1.3 among them.
    @Test(arguments: [
        ("INBOX", "\"INBOX\""), ("a/b c", "\"a/b c\""), ("R&D \"x\\", "\"R&-D \\\"x\\\\\""),
        ("~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""), ("Entwürfe", "\"Entw&APw-rfe\""),
        ("😀", "\"&2D3eAA-\""), ("", "\"\""),
    ])
    func aMailboxHasItsNameInModifiedUTF7(_ name: String, _ wire: String) {
        #expect(IMAPFolder.quoted(name) == wire)
    }
}
