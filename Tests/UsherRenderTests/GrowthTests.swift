import ICalendar
import Testing
import UsherModel
import UsherTesting

@testable import UsherRender

/// No text of a session, a template or a word file needs work that grows faster than it.
@Suite("work grows as the texts do", .serialized)
struct GrowthTests {
    private static func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count / text.utf8.count + 1)
    }

    @Test(arguments: [
        "word ", "\n", "\n\n", "<", "\u{2028}", "é", "e\u{301}", "\"", "{{", "\u{E000}", "https://example.com ",
    ])
    func descriptions(_ text: String) async throws {
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: ["invite"], payloads: ["webhook"], pages: [])
        let attendee = try Sample.attendee("en", "UTC")
        let sample = try Sample.session()
        try await Growth.expectLinear("a description of \(text)", size: 8192, input: { Self.repeated(text, $0) }) {
            details in
            var session = sample
            session.details = details
            // A new one each time: what was rendered once is cached.
            let renderer = MessageRenderer(
                templates: templates, job: "sample", defaultZone: nil, defaultLanguage: .english, now: Sample.now,
                zones: TimeZoneDatabase())
            for (template, format) in [
                ("invite", nil), ("webhook", MessageFormat.payload(mediaType: "application/json")),
            ] {
                _ = try renderer.render(
                    Sample.request(
                        template, kind: .registered, attendee: attendee, session: session, format: format))
            }
        }
    }

    @Test(arguments: [
        "{{", "{{{", "{{language}}", "}}", "{{#a}}", "{{! x", "a: b\n", "plural.one: i = 1 or ", "n", "\n", "{", "}",
        ":",
    ])
    func templatesAndWords(_ text: String) async throws {
        try await Growth.expectLinear("a template of \(text)", input: { Self.repeated(text, $0) }) {
            _ = PersonalReadings(TemplateTag.tags(of: $0))
            _ = WordFile($0, location: "a.txt")
            _ = PluralRule($0)
        }
    }
}
