import Testing
import UsherModel
import UsherRender
import UsherTesting

@Suite("templates")
struct TemplateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func problems(_ html: String, text: String = "ok", subject: String = "ok") throws -> [String] {
        try folder.write(html, to: "email/invite/body.html.mustache")
        try folder.write(text, to: "email/invite/body.txt.mustache")
        try folder.write(subject, to: "email/invite/subject.txt.mustache")
        do throws(TemplateErrors) {
            _ = try TemplateSet(
                folder: folder.path, words: WordSet(folder: folder.path), mails: ["invite"], payloads: [], pages: [])
            return []
        } catch {
            return error.problems.map { $0.description.replacing(folder.path + "/", with: "") }
        }
    }

    @Test(arguments: [
        ("misspelt", "<p>\n{{session.joinURL}}</p>"),
        ("misspelt-in-section", "{{#session}}\n\n{{subjekt}}{{/session}}"),
        ("misspelt-section", "{{^atendee}}x{{/atendee}}"),
        ("misspelt-in-list", "{{#session.dialIns}}{{nummer}}{{/session.dialIns}}"),
        ("unescaped", "{{{session.subject}}}"), ("unescaped-ampersand", "x\n{{& session.subject}}"),
        ("no-partial", "{{> shared/nothing.html}}"),
        ("unclosed", "{{#session}}x"), ("several", "{{a}}\n{{b}}\n{{session.c}}"),
    ])
    func whatIsWrongIsNamedBeforeAnythingIsSent(name: String, html: String) throws {
        let found = try problems(html)
        #expect(!found.isEmpty)
        try expectGolden(found.joined(separator: "\n") + "\n", "template-\(name).txt")
    }

    @Test(arguments: [
        "{{session.subject}}", "{{#session}}{{subject}} {{time.start}}{{/session}}",
        "{{#session.dialIns}}{{number}} {{session.subject}}{{^last()}}, {{/last()}}{{/session.dialIns}}",
        "{{#session.passcode}}{{session.passcode}}{{/session.passcode}}", "{{! {{a comment}} }}",
    ])
    func whatIsRightIsTaken(_ html: String) throws {
        #expect(try problems(html) == [])
    }

    @Test func aFolderOfTheJobComesBeforeTheBuiltInTemplates() throws {
        #expect(
            try problems("<p>{{session.subject}} & more</p>", text: "Ours & {{session.subject}}", subject: "Ours") == []
        )
        let renderer = try Sample.renderer(folder: folder.path)
        let session = try Sample.session("A & B")
        let message = try renderer.render(
            Sample.request("invite", kind: .registered, attendee: Sample.attendee("de", "UTC"), session: session))
        let text = String(decoding: Sample.bytes(message), as: UTF8.self)
        #expect(
            text.contains("Subject: Ours\r\n") && text.contains("<p>A &amp; B & more</p>")
                && text.contains("Ours & A & B"))
    }

    @Test func aTemplateThatIsNotThereIsNamedWithThoseThatAre() throws {
        let error = #expect(throws: TemplateErrors.self) {
            try TemplateSet(folder: nil, words: WordSet(folder: nil), mails: ["invitation"], payloads: [], pages: [])
        }
        #expect(error?.description.contains("cancel, follow-up, invite, reminder, update") == true)
    }
}
