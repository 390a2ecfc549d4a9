import ICalendar
import Testing
import UsherModel
import UsherTesting

@testable import UsherRender

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
        ("no-partial", "{{> shared/nothing.html}}"), ("object", "{{session}} {{attendee.answers}}"),
        ("unclosed", "{{#session}}x"), ("several", "{{a}}\n{{b}}\n{{session.c}}"),
    ])
    func aWrongTemplateIsRefusedWhenItIsLoaded(name: String, html: String) throws {
        let found = try problems(html)
        #expect(!found.isEmpty)
        try expectGolden(found.joined(separator: "\n") + "\n", "template-\(name).txt")
    }

    @Test(arguments: [
        "{{session.subject}}", "{{#session}}{{subject}} {{time.start}}{{/session}}",
        "{{#session.dialIns}}{{number}} {{session.subject}}{{^last()}}, {{/last()}}{{/session.dialIns}}",
        "{{#session.passcode}}{{session.passcode}}{{/session.passcode}}", "{{! {{a comment}} }}",
    ])
    func aValidTemplateIsAccepted(_ html: String) throws {
        #expect(try problems(html) == [])
    }

    @Test func aFolderOfTheJobReplacesBuiltInTemplates() throws {
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

    /// One own partial, or one own file of a language, hides nothing that is built in.
    @Test(arguments: [
        ("email/shared/footer.html", "<p>Ours</p>", "en", "<p>Ours</p>"),
        ("email/shared/de/footer.txt", "\n-- \nUnser Haus", "de", "Unser Haus"),
        ("email/invite/de/subject.txt", "Unser Betreff", "de", "Subject: Unser Betreff"),
        ("email/invite/subject.txt", "Our subject", "en", "Subject: Our subject"),
    ])
    func oneFileOfAFolderReplacesThatFileAlone(_ file: String, _ text: String, _ language: String, _ shown: String)
        throws
    {
        func messages(_ folder: String?) throws -> [String: String] {
            let renderer = try Sample.renderer(folder: folder)
            return try Dictionary(
                uniqueKeysWithValues: Sample.languages.map { language in
                    let request = try Sample.request(
                        "invite", kind: .registered, attendee: Sample.attendee(language, "Europe/Berlin"))
                    return (language, MessageTests.decoded(Sample.bytes(try renderer.render(request))))
                })
        }
        try folder.write(text, to: "\(file).mustache")
        let (ours, builtIn) = (try messages(folder.path), try messages(nil))
        #expect(ours[language]?.contains(shown) == true, "\(ours[language] ?? "")")
        for other in Sample.languages where !other.hasPrefix(language) { #expect(ours[other] == builtIn[other]) }
    }

    /// A folder with a translation alone adds a language to a built-in template, without a new build.
    @Test func aFolderOfTheJobAddsALanguage() throws {
        for (file, text) in [
            ("email/reminder/cs/subject.txt", "Za {{time.startsIn}}: {{session.subject}}"),
            ("email/reminder/cs/body.txt", "{{> shared/greeting.txt}}Setkání začíná za {{time.startsIn}}."),
            ("email/reminder/cs/body.html", "{{> shared/greeting.html}}<p>Setkání začíná za {{time.startsIn}}.</p>"),
            ("email/shared/cs/greeting.txt", "Dobrý den,\n"),
            ("email/shared/cs/greeting.html", "<p>Dobrý den,</p>"),
            ("page/index/cs/page.html", "<html lang=\"{{language}}\"><title>{{title}}</title></html>"),
        ] { try folder.write(text, to: "\(file).mustache") }
        try folder.write(
            """
            plural.one: i = 1 and v = 0
            plural.few: i = 2..4 and v = 0
            duration.hours.one: {count} hodinu
            duration.hours.few: {count} hodiny
            duration.hours.other: {count} hodin
            """, to: "words/cs.txt")
        let renderer = try Sample.renderer(now: Sample.at("2026-12-09T11:00:00Z"), folder: folder.path)
        func reminder(_ language: String) throws -> String {
            let request = try Sample.request(
                "reminder", kind: .offset, attendee: Sample.attendee(language, "Europe/Prague"))
            return MessageTests.decoded(Sample.bytes(try renderer.render(request)))
        }
        let czech = try reminder("cs-CZ")
        #expect(czech.contains("Subject: Za 3 hodiny: Roof basics\r\n") && czech.contains("za 3 hodiny."), "\(czech)")
        #expect(try reminder("de").contains("die Veranstaltung beginnt am Mittwoch, 9. Dezember 2026, um 15:00 Uhr"))
        #expect(try reminder("en").contains("the session starts on Wednesday, December 9, 2026 at 3:00"))
        let settings = PageSettings(
            template: "index", title: "Setkání", language: try #require(LanguageTag("cs")), calendarURL: nil,
            joinLinks: true, icsName: { _ in nil })
        let templates = try TemplateSet(
            folder: folder.path, words: WordSet(folder: folder.path), mails: ["reminder"], payloads: [],
            pages: ["index"])
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase()).render(
            [], now: Sample.now)
        #expect(String(decoding: page, as: UTF8.self).hasPrefix("<html lang=\"cs\"><title>Setkání</title>"))
        #expect(templates.untranslated.count == Label.allCases.count + 6)
    }

    /// A mail in a language without words would say "Starts in 2 days" in the middle of it: `usher check` fails.
    @Test func aTranslationWithoutWordsIsNamed() throws {
        for file in ["subject.txt", "body.txt", "body.html"] {
            try folder.write("{{time.startsIn}}", to: "email/reminder/cs/\(file).mustache")
        }
        let templates = try TemplateSet(
            folder: folder.path, words: WordSet(folder: folder.path), mails: ["reminder"], payloads: [], pages: [])
        #expect(
            templates.untranslated == [
                "templates/words/cs.txt: there is no such file, but email/reminder is translated into cs. "
                    + "Copy templates/words/en.txt and translate it; until then calendars and durations are English"
            ])
    }

    @Test func aMissingTemplateIsReportedWithTheExistingOnes() throws {
        let error = #expect(throws: TemplateErrors.self) {
            try TemplateSet(folder: nil, words: WordSet(folder: nil), mails: ["invitation"], payloads: [], pages: [])
        }
        #expect(error?.description.contains("cancel, follow-up, invite, reminder, update") == true)
    }
}
