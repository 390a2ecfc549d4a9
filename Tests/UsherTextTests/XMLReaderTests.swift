import Testing
import UsherText

@Suite("XML from outside")
struct XMLReaderTests {
    /// The events of a document in one line: `{namespace}name(`, text, `)`; nil where it is not well-formed.
    private func events(_ document: [UInt8]) -> String? {
        var text = ""
        let isRead = XMLReader.read(document) { event in
            switch event {
            case .start(let namespace, let name): text += namespace.isEmpty ? "\(name)(" : "{\(namespace)}\(name)("
            case .text(let piece): text += piece
            case .end: text += ")"
            }
            return true
        }
        return isRead ? text : nil
    }

    @Test(
        arguments: [
            ("<a/>", "a()"), ("<?xml version='1.0'?>\n<!-- no -->\n<a b = 'c' ></a >\n<!----><?x y?>", "a()"),
            ("<a>x<b>y</b>z</a>", "a(xb(y)z)"), ("<a>&lt;&amp;&#65;&#x42;&quot;&apos;&gt;</a>", "a(<&AB\"'>)"),
            ("<a><![CDATA[<b>&amp;]]]></a>", "a(<b>&amp;])"), ("<a>x<!-- <b> -->y</a>", "a(xy)"),
            ("<a>1\r\n2\r3&#13;4</a>", "a(1\n2\n3\r4)"), ("\u{FEFF}<a>ü</a>", "a(ü)"),
            ("<a xmlns='u'><b xmlns=''/><c/></a>", "{u}a(b(){u}c())"),
            ("<p:a xmlns:p='u'><p:b xmlns:p='v'/><p:c/></p:a>", "{u}a({v}b(){u}c())"),
            ("<a xml:lang='de' p='q'><b xmlns:p='u'><p:c/></b></a>", "a(b({u}c()))"),
            ("<a xmlns='a&amp;b'/>", "{a&b}a()"), ("<ä-1.x_/>", "ä-1.x_()"),
        ] as [(String, String)])
    func aDocumentIsItsElementsAndItsText(_ document: String, _ expected: String) {
        #expect(events(Array(document.utf8)) == expected)
    }

    @Test(arguments: [
        "", " ", "a", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a/>x", "x<a/>", "<a", "<a b>", "<a b=c/>", "<a b='<'/>",
        "<a b='c'd='e'/>", "<a b='c", "<1/>", "<-a/>", "< a/>", "<a>&b;</a>", "<a>&</a>", "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&#+1;</a>", "<a>\u{1}</a>", "<a>\0</a>",
        "<a><![CDATA[x</a>",
        "<![CDATA[x]]><a/>", "<!-- <a/>", "<?xml ?", "<p:a/>", "<a p:b=''><p:c/></a>", "<p:a xmlns:p=''/>", "<a:b:c/>",
        "<:a/>", "<a:/>", "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "<?xml encoding='no-such-charset'?><a/>",
    ])
    func whatIsNotWellFormedOrDeclaresATypeIsRefused(_ document: String) {
        #expect(events(Array(document.utf8)) == nil)
    }

    @Test func theEncodingIsTheOneThatIsMarkedOrStated() {
        let units = Array("<a>ü</a>".utf16)
        let little = units.reduce(into: [0xFF, 0xFE] as [UInt8]) { $0 += [UInt8($1 & 0xFF), UInt8($1 >> 8)] }
        let big = units.reduce(into: [0xFE, 0xFF] as [UInt8]) { $0 += [UInt8($1 >> 8), UInt8($1 & 0xFF)] }
        #expect(events(little) == "a(ü)" && events(big) == "a(ü)")
        let western = Array("<?xml version=\"1.0\" encoding = \"ISO-8859-1\"?><a>".utf8) + [0xFC] + Array("</a>".utf8)
        #expect(events(western) == "a(ü)")
        // Names and text that are no UTF-8.
        for octets in [[0x3C, 0x70, 0xFD, 0x1F, 0x3E], Array("<a>".utf8) + [0xFC] + Array("</a>".utf8)] {
            #expect(events(octets) == nil)
        }
    }

    @Test func nestingHasALimit() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        #expect(events(nested(128)) != nil)
        #expect(events(nested(129)) == nil)
        #expect(events(nested(100_000)) == nil)
    }

    @Test func aReaderCanEndTheReading() {
        var count = 0
        let isRead = XMLReader.read(Array("<a><b/><c/></a>".utf8)) { _ in
            count += 1
            return count < 2
        }
        #expect(!isRead && count == 2)
    }
}
