import Testing
import UsherText

@Suite("HTML from outside")
struct HTMLReaderTests {
    @Test(arguments: [
        (
            "<p>Caf&eacute; M&uuml;nchen &ndash; it&rsquo;s &#8364;5 &#x1F600;</p><p>Agenda: <a href=\"https://example.com/agenda\">here</a></p><!-- a > b --><p>End</p>",
            "Café München – it’s €5 😀\nAgenda: here (https://example.com/agenda)\nEnd\n"
        ),
        ("a&nbsp;b&apos;&euro;&", "a b'€&"),
        (
            "&lt;b&gt; &amp;amp; &AMP; &copy 2026 &notit; &unknown; &#0; &#128; &#xD800;",
            "<b> &amp; & © 2026 ¬it; &unknown; \u{FFFD} € \u{FFFD}"
        ),
        ("5 < 6 > 4, a<b and </ x", "5 < 6 > 4, a"), ("x <!-- y", "x "), ("a<!-->b<!--->c<!-- d --!>e", "abce"),
        ("<!DOCTYPE html><?xml x?><title>T</title><style>p { }</style>a<script>if (a</b>) '</p>'</script >b", "ab"),
        ("<STYLE>x</STYLE>a<br/>b<BR>c<li>d</li><li>e", "a\nb\nc\nd\ne"), ("<td>a</td><td>b</td>", "a b"),
        ("<a href='https://www.example.com/'>example.com</a>", "example.com"),
        (
            "<a href=mailto:a@example.com?subject=x>Write</a> <a href='mailto:a@b.example'>a@b.example</a>",
            "Write (a@example.com) a@b.example"
        ),
        (
            "<a href='#top'>up</a> <a href='javascript:x()'>no</a> <a href='/rel'>rel</a> <a href='https://e.com'></a>",
            "up no rel "
        ),
        (
            "<a title='a > b' href='https://e.com/?a=1&copy=2&amp;b=3'>c <b>d </b></a>.",
            "c d (https://e.com/?a=1&copy=2&b=3)."
        ),
        ("<a href='https://e.com/1'>one<a href='https://e.com/2'>two", "one (https://e.com/1)two (https://e.com/2)"),
    ])
    func becomesText(_ html: String, _ text: String) { #expect(HTMLReader.plainText(html) == text) }

    @Test func theCallerDecidesWhichLinksStay() {
        let html = "<a href='https://a.example/1'>one</a> <a href='https://b.example/2'>two</a>"
        #expect(HTMLReader.plainText(html) { $0.contains("//b.") } == "one two (https://b.example/2)")
    }

    @Test func whatIsEscapedIsReadAgain() {
        let value = "<b a=\"1\" c='2'>&amp;\u{301}"
        #expect(HTMLReader.plainText(MarkupEscape.text(value)) == value)
    }
}
