import Testing
import UsherText

@Suite("no value can become markup")
struct MarkupTests {
    @Test func aValueIsEscapedInHTML() {
        let value = "<b a=\"1\" c='2'>&\nend"
        let html: HTMLText = "<p>\(value)</p>"
        #expect(html.text == "<p>&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;<br>end</p>")
        #expect(MarkupEscape.text("plain ü") == "plain ü")
        #expect(MarkupEscape.text("\"\u{301}") == "&quot;\u{301}")
        #expect(HTMLText(joining: [html, "<hr>"], by: "|").text == html.text + "|<hr>")
        #expect(("<i>\(HTMLText("<b>"))</i>" as HTMLText).text == "<i><b></i>")
    }

    @Test func aValueIsEscapedInXMLAndLosesWhatXMLCannotHold() {
        let value = "<a b=\"c\">&\u{0}\u{B}\u{FFFE}\r\n\t😀"
        #expect(("<t>\(value)</t>" as XMLText).text == "<t>&lt;a b=&quot;c&quot;&gt;&amp;\n\t😀</t>")
        #expect(("<t>\(XMLText("<u/>"))</t>" as XMLText).text == "<t><u/></t>")
    }
}
