import ICalendar
import Testing
import UsherModel
import UsherRender
import UsherTesting

/// A message that is rendered once for many recipients equals the one that is rendered for each alone.
@Suite("messages to many")
struct SharedFormTests {
    static let names = [
        ("Jana", "Schäfer"), ("", "Only"), ("Only", ""), ("", ""), ("<b>&amp;", "\"quoted\""),
        ("\"\u{301}", "'\u{301}<"),
        ("日本語の名前", String(repeating: "é", count: 60)), ("\u{E000}\"2\u{E001}", "\u{E000}&quot;3\u{E001}"),
        ("{{session.joinUrl}}", "a\\b"), (".", "From x"), ("Jana", "Müller"),
    ]

    private func attendee(_ number: Int, _ name: (first: String, last: String)) throws -> UsherModel.Attendee {
        var attendee = UsherModel.Attendee(
            registration: RegistrationID(rawValue: "r\(number)"), event: EventID(rawValue: "e1"),
            address: try Address("person\(number)@example.com"))
        (attendee.firstName, attendee.lastName) = (Line(cleaning: name.first), Line(cleaning: name.last))
        attendee.language = LanguageTag(number % 2 == 0 ? "en" : "de")
        attendee.zone = try ZoneID("Europe/Berlin") { _ in true }
        return attendee
    }

    @Test(arguments: [("invite", false), ("update", false), ("cancel", false), ("reminder", false), ("webhook", true)])
    func eachRecipientGetsTheSameAsAlone(_ template: String, isPayload: Bool) throws {
        let many = try Sample.renderer()
        for round in 0..<3 {
            for (number, name) in Self.names.enumerated() {
                var request = try Sample.request(
                    template, kind: template == "cancel" ? .canceled : template == "update" ? .changed : .registered,
                    attendee: attendee(number + 100 * round, name),
                    previous: template == "update" ? Sample.session("Old") : nil,
                    format: isPayload ? .payload(mediaType: "application/json") : nil)
                request.id = DeliveryID([template, "\(round)", "\(number)"])
                request.dueAt = Sample.now + .seconds(round * 100 + number)
                let alone = try Sample.renderer().render(request)
                let shared = try many.render(request)
                #expect(shared == alone, "\(name)")
            }
        }
    }

    /// A session whose text looks like a mark has no shared form.
    @Test func marksInASessionAreText() throws {
        let many = try Sample.renderer()
        let session = try Sample.session("A \u{E000}\"1\u{E001} B")
        for number in 0..<3 {
            let request = try Sample.request(
                "invite", kind: .registered, attendee: attendee(number * 2, ("Jana", "\(number)")), session: session)
            let message = try many.render(request)
            #expect(message == (try Sample.renderer().render(request)))
        }
    }

    @Test func aTransformedNameIsTransformedForEachRecipient() throws {
        let folder = try TemporaryFolder()
        for (file, text) in [
            ("subject.txt", "Hello {{uppercased(attendee.firstName)}}"), ("body.txt", "Hello {{attendee.firstName}}"),
            ("body.html", "<p>{{attendee.firstName}}</p>"),
        ] { try folder.write(text, to: "email/invite/\(file).mustache") }
        let many = try Sample.renderer(folder: folder.path(""))
        for name in ["ANA", "Bert", "cléo"] {
            let request = try Sample.request(
                "invite", kind: .registered, attendee: attendee(0, (name, "")))
            let text = String(decoding: Sample.bytes(try many.render(request)), as: UTF8.self)
            if name != "cléo" { #expect(text.contains("Subject: Hello \(name.uppercased())\r\n"), "\(text)") }
            #expect(
                text
                    == String(
                        decoding: Sample.bytes(try Sample.renderer(folder: folder.path("")).render(request)),
                        as: UTF8.self))
        }
    }

    /// A quote followed by a combining mark is still a quote: it must not end an attribute.
    @Test func aQuoteWithACombiningMarkIsEscaped() throws {
        let attendee = try attendee(0, ("\"\u{301}><\u{301}img", ""))
        let request = try Sample.request("invite", kind: .registered, attendee: attendee)
        let text = String(decoding: Sample.bytes(try Sample.renderer().render(request)), as: UTF8.self)
        #expect(text.contains("&quot;=CC=81&gt;&lt;=CC=81img") || text.contains("&quot;=\r\n=CC=81&gt;&lt;"), "\(text)")
    }
}
