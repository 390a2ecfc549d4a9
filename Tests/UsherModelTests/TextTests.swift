import Testing
import UsherModel

@Suite("text from outside becomes a type that cannot be wrong")
struct TextTests {
    /// XML 1.0 §2.2 excludes U+FFFE and U+FFFF; no noncharacter is meant to be exchanged (Unicode §23.7).
    @Test(arguments: [UInt32](arrayLiteral: 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFE))
    func noncharactersAreDropped(_ code: UInt32) throws {
        let text = "Ro\(try #require(Unicode.Scalar(code)))of"
        #expect(Line(cleaning: text).text == "Roof" && Line.hasForbidden(text))
    }

    @Test(arguments: [
        ("Plain", "Plain"), ("  two  blanks ", "two blanks"), ("a\r\nBcc: b@c", "a Bcc: b@c"),
        ("tab\there", "tab here"),
        ("\u{202E}evil", "evil"), ("NUL\u{0}x", "NUL x"), ("Grüße 🎟️", "Grüße 🎟️"), ("\u{FEFF}bom", "bom"), ("\n", ""),
        ("plain with blanks", "plain with blanks"), ("end ", "end"), (" ", ""), ("", ""), ("DEL\u{7F}x", "DEL x"),
    ])
    func aLineHoldsNoControlCharacter(raw: String, text: String) {
        #expect(Line(cleaning: raw).text == text)
        #expect(!Line.hasForbidden(Line(cleaning: raw).text))
    }

    @Test(arguments: [("a\nb", 1), ("ü\rb", 2), ("\u{0}", 0)])
    func aHeaderValueHoldsNoLineBreak(text: String, offset: Int) {
        #expect(throws: HeaderValue.Problem.lineBreak(at: offset)) { try HeaderValue(text) }
    }

    @Test(arguments: [
        ("ada@example.com", "ada@example.com"), (" Ada@EXAMPLE.com ", "Ada@example.com"),
        ("a+b.c@x.org", "a+b.c@x.org"),
        ("jürgen@exämple.de", "jürgen@xn--exmple-cua.de"), ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--bcher-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"), ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("o'neil@x.org", "o'neil@x.org"), ("a!#$%&'*+-/=?^_`{|}~9@x-1.org", "a!#$%&'*+-/=?^_`{|}~9@x-1.org"),
        ("a@X.org", "a@x.org"),
    ])
    func anAddressHasOneSpelling(raw: String, text: String) throws {
        #expect(try Address(raw).text == text)
    }

    @Test(arguments: [
        "", "ada", "@x.org", "ada@", "a@b@c", "a b@x.org", "a\tb@x.org", "ada@x.org\r\nBcc: eve@x.org",
        "\"a b\"@x.org", "a..b@x.org",
        ".a@x.org", "a@[127.0.0.1]", "a@x..org", "<a@x.org>", "a@x.org,b@x.org", "a@x_y.org", "a\u{0}@x.org",
        String(repeating: "a", count: 65) + "@x.org", "a@\(String(repeating: "ü", count: 64)).org",
        "a@☃.org", "a.@x.org", "a@.org", "a@x.", "a@x.org.", "a;b@x.org", "a:b@x.org", "a(b)@x.org", "a@x!.org",
        "a@b@c.org",
        "a@" + String(repeating: "x", count: 256),
    ])
    func whatIsNoAddressSaysWhyWithoutALineBreak(_ raw: String) {
        let problem = #expect(throws: Address.Problem.self) { try Address(raw) }
        #expect(problem?.description.contains("\n") == false)
        #expect(problem?.reason.isEmpty == false)
    }

    @Test func aMailboxIsReadWithAndWithoutAName() throws {
        let mailbox = try Mailbox("\"Contoso, Events\" <events@contoso.com>")
        #expect(mailbox.name.text == "Contoso, Events")
        #expect(mailbox.address.text == "events@contoso.com")
        #expect(try Mailbox("events@contoso.com").name.isEmpty)
        #expect(throws: Address.Problem.self) { try Mailbox("Contoso <events>") }
    }

    @Test func aJoinURLIsKeptByteForByte() throws {
        let text =
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d"
        #expect(try JoinURL(text).text == text)
        #expect(try JoinURL(text, hosts: ["teams.microsoft.com"]).text == text)
    }

    @Test(arguments: [
        "", "http://teams.microsoft.com/x", "javascript:alert(1)", "https://", "https:///x", "https://a b/",
        "https://user@host/",
        "https://host/\"onclick=", "https://host/<x>", "https://host/\r\nX: y", "https://höst/", "ftp://host/",
        "https://host/" + String(repeating: "a", count: 4096),
    ])
    func anythingElseIsNoJoinURL(_ text: String) {
        #expect(throws: JoinURL.Problem.self) { try JoinURL(text) }
    }

    @Test func aJoinURLOnAnotherHostIsRefused() {
        #expect(throws: JoinURL.Problem.self) { try JoinURL("https://evil.example/x", hosts: ["teams.microsoft.com"]) }
    }

    @Test(arguments: [
        ("de", "de"), ("DE_de", "de-DE"), ("zh-hant-tw", "zh-Hant-TW"), ("fr-ca", "fr-CA"),
        ("en-US-U-HC-h23", "en-US-u-hc-h23"), ("de-de-1996-x-DE-Latn", "de-DE-1996-x-de-latn"),
        ("zh-YUE-hant-hk", "zh-yue-Hant-HK"), ("es-419", "es-419"), ("en_us_posix", "en-US-posix"),
        ("sl-ROZAJ-biske-1994", "sl-rozaj-biske-1994"), ("ar-t-IT-u-nu-LATN", "ar-t-it-u-nu-latn"),
    ])
    func aLanguageTagHasItsCanonicalCase(raw: String, text: String) {
        #expect(LanguageTag(raw)?.text == text)
    }

    @Test(arguments: [
        "", "d", "german language", "de-", "12", "deutsch", "en-u", "en-x", "en-a-bb-a-cc", "en-u-x-y-", "de-DE-Latn",
        "de-DE-CH", "de-1996-1996x-DE", "de-abcdefghi",
    ])
    func anythingElseIsNoLanguage(_ raw: String) {
        #expect(LanguageTag(raw) == nil)
    }

    @Test func aLanguageIsLookedUpFromTheParticularToTheGeneral() {
        #expect(LanguageTag("zh-Hant-TW")?.lookupOrder == ["zh-Hant-TW", "zh-Hant", "zh"])
        #expect(LanguageTag("en-US-u-hc-h23")?.lookupOrder == ["en-US-u-hc-h23", "en-US-u-hc", "en-US", "en"])
    }

    @Test func aSecretIsNeverSeen() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for shown in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
            #expect(!shown.contains("hunter2"), "\(shown)")
        }
        #expect(secret.reveal { $0 } == "hunter2")
    }

    @Test func noTwoListsOfPartsShareAKey() {
        let lists = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], ["a", "b", "c"], []]
        #expect(Set(lists.map { DedupeKey($0).hex }).count == lists.count)
    }

    @Test func aKeyIsTheDigestOfItsPartsForEver() {
        // A change of this value would send every delivery of every ledger again.
        #expect(
            DedupeKey(["demo", "registered/attendees/mail"]).hex
                == "6b9679567a5e5c84833084eadfeeed50b514bdc5ad142c240f2967777f8072c4")
        #expect(DedupeKey(hex: String(repeating: "A", count: 64)) == nil)
    }

    @Test func theFingerprintCoversTheMaterialFactsAndNothingElse() throws {
        let key = SessionKey(event: EventID(rawValue: "e"), session: SessionID(rawValue: "s"))
        let base = Session(
            key: key, subject: Line(cleaning: "A"), start: Instant(secondsSince1970: 0),
            end: Instant(secondsSince1970: 60), zone: .utc, joinURL: nil, status: .published)
        var cosmetic = base
        (cosmetic.details, cosmetic.audience, cosmetic.zone) = (
            "words", .everyone, try ZoneID("Asia/Tokyo") { _ in true }
        )
        cosmetic.presenters = [
            Presenter(name: Line(cleaning: "P"), jobTitle: Line(cleaning: ""), company: Line(cleaning: ""))
        ]
        #expect(cosmetic.fingerprint == base.fingerprint)
        var changes = [base, base, base, base, base]
        changes[0].start = Instant(secondsSince1970: 1)
        changes[1].end = Instant(secondsSince1970: 61)
        changes[2].subject = Line(cleaning: "B")
        changes[3].joinURL = try JoinURL("https://x.example/")
        changes[4].status = .canceled
        #expect(Set(changes.map(\.fingerprint) + [base.fingerprint]).count == 6)
    }
}
