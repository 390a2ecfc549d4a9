import Foundation
import ICalendar
import Testing
import UsherModel
import UsherTesting

@testable import UsherRender

/// What templates can use is declared once: each name has the value that its example shows, and docs/templates.md lists it.
@Suite("what templates can use")
struct ContextTests {
    /// Every declared name with its path and, where it is in a list, the sections around it.
    struct Variable {
        let path: String
        let sections: [String]
        let name: String
        let vocabulary: Vocabulary

        /// A template that shows the value on a line of its own, and nothing where there is none.
        var template: String {
            let tag = "{{\(name)}}"
            let shown = vocabulary.kind == .text ? "{{#\(name)}}\(path)=\(tag)\n{{/\(name)}}" : "\(path)=\(tag)\n"
            return sections.reversed().reduce(shown) { "{{#\($1)}}\($0){{/\($1)}}" }
        }
    }

    static func variables(of vocabulary: Vocabulary) -> [Variable] {
        vocabulary.members.flatMap { variables(of: $0.vocabulary, $0.name, path: $0.name, sections: []) }
    }

    private static func variables(
        of vocabulary: Vocabulary, _ name: String, path: String, sections: [String]
    ) -> [Variable] {
        switch vocabulary.kind {
        case .text, .flag, .number:
            [Variable(path: path, sections: sections, name: name, vocabulary: vocabulary)]
        case .object:
            vocabulary.members.flatMap {
                variables(
                    of: $0.vocabulary, "\(name).\($0.name)", path: "\(path).\($0.name)", sections: sections)
            }
        case .list:
            vocabulary.members.flatMap {
                variables(of: $0.vocabulary, $0.name, path: "\(path).\($0.name)", sections: sections + [name])
            }
        }
    }

    // MARK: Values

    /// A message in which every name has a value.
    private func request() throws -> RenderRequest {
        var attendee = try Sample.attendee("en", "Europe/Berlin")
        attendee.answers = [
            QuestionAnswer(question: Line(cleaning: "Do you own a roof?"), answer: "Yes")
        ]
        var session = try Sample.session()
        session.details = "Slides: https://contoso.example/roofs"
        session.joinURL = try JoinURL("https://teams.microsoft.com/l/meetup-join/1")
        session.onDemandURL = try JoinURL("https://contoso.example/recordings/1")
        session.audience = .everyone
        session.sourceMailsAttendees = true
        var old = try Sample.session("Roof fundamentals", start: "2026-12-09T22:30:00Z")
        old.joinURL = try JoinURL("https://teams.microsoft.com/l/meetup-join/0")
        var profile = try Sample.profile()
        profile.unsubscribe = [HeaderValue(Line(cleaning: "https://contoso.example/unsubscribe"))]
        var request = try Sample.request(
            "reminder", kind: .changed, attendee: attendee, session: session, previous: old, format: .mail(profile))
        request.divertedTo = try Address("test@contoso.example")
        request.calendarURL = "https://www.contoso.com/me/5kq2.ics"
        return request
    }

    @Test func everyNameOfAMessageHasTheValueOfItsExample() throws {
        let variables = Self.variables(of: MessageContext.schema.vocabulary)
        let folder = try TemporaryFolder()
        for file in ["subject.txt", "body.html"] { try folder.write("x", to: "email/reminder/\(file).mustache") }
        try folder.write(variables.map(\.template).joined(), to: "email/reminder/body.txt.mustache")
        let request = try request()
        let message = try Sample.renderer(folder: folder.path).render(request)
        let values = values(in: MessageTests.decoded(Sample.bytes(message)))
        // This session ends on the day on which it starts; the one before it does not.
        for variable in variables where variable.path != "time.endDate" {
            let value = try #require(values[variable.path], "\(variable.path)")
            switch variable.path {
            case "message.id": #expect(value == request.id.hex)
            case let path
            where path.hasPrefix("previous.") && SessionTimes.schema.names.contains(String(path.dropFirst(9))):
                #expect(!value.isEmpty)
            default: #expect(value == variable.vocabulary.example, "\(variable.path)")
            }
        }
        #expect(values["previous.endDate"] == SessionTimes.schema.vocabulary["endDate"]?.example)
    }

    @Test func everyNameOfAPageHasTheValueOfItsExample() throws {
        let variables = Self.variables(of: PageContext.schema.vocabulary)
        let folder = try TemporaryFolder()
        try folder.write(
            variables.map(\.template).joined(), to: "page/index/page.html.mustache")
        let templates = try TemplateSet(
            folder: folder.path, words: WordSet(folder: folder.path), mails: [], payloads: [], pages: ["index"])
        var settings = PageSettings(
            template: "index", title: "Contoso events", language: .english,
            calendarURL: "https://events.contoso.example/all.ics", joinLinks: true,
            icsName: { "\($0.session.rawValue).ics" })
        settings.description = "All of them"
        settings.feeds = [
            .init(mediaType: "application/atom+xml", url: "https://events.contoso.example/news", title: "News")
        ]
        let session = try request().session
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
            .render([session], now: Sample.at("2026-12-09T13:50:00Z"))
        let values = values(in: String(decoding: page, as: UTF8.self))
        for variable in variables {
            #expect(
                values[variable.path]?.replacing("&amp;", with: "&") == variable.vocabulary.example,
                "\(variable.path)")
        }
    }

    /// The lines of `path=value`; a space is a space, whatever the locale data uses between time and AM or PM.
    private func values(in text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let sign = line.firstIndex(of: "=") else { continue }
            let value = String(line[line.index(after: sign)...]).replacing("\u{202F}", with: " ")
            values[String(line[..<sign])] = value
        }
        return values
    }

    // MARK: The documentation

    /// The tables in docs/templates.md; USHER_RECORD=1 rewrites them.
    @Test(arguments: ["messages", "the page"])
    func theDocumentationListsEveryName(_ part: String) throws {
        let vocabulary = part == "messages" ? MessageContext.schema.vocabulary : PageContext.schema.vocabulary
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/templates.md")
            .standardizedFileURL
        let text = try String(contentsOf: url, encoding: .utf8)
        let (begin, end) = ("<!-- begin: what \(part) may use -->\n", "<!-- end: what \(part) may use -->\n")
        let start = try #require(text.firstRange(of: begin)).upperBound
        let stop = try #require(text.firstRange(of: end)).lowerBound
        let table = "| name | example | meaning |\n|---|---|---|\n" + rows(of: vocabulary, prefix: "").joined()
        if ProcessInfo.processInfo.environment["USHER_RECORD"] != nil {
            try (text[..<start] + table + text[stop...]).write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(
                text[start..<stop] == table,
                "USHER_RECORD=1 swift test --filter ContextTests rewrites the table")
        }
    }

    private func rows(of vocabulary: Vocabulary, prefix: String) -> [String] {
        var rows: [String] = []
        for member in vocabulary.members {
            let inner = member.vocabulary
            let path = prefix + member.name
            switch inner.kind {
            case .text, .flag, .number: rows.append("| `\(path)` | `\(inner.example)` | \(inner.meaning) |\n")
            case .object:
                let isTime = member.name == "previous"
                let note = isTime ? "\(inner.meaning); it has everything that `time` has" : inner.meaning
                if !note.isEmpty { rows.append("| `\(path)` | object | \(note) |\n") }
                let rest =
                    isTime ? inner.members.filter { !SessionTimes.schema.names.contains($0.name) } : inner.members
                rows += self.rows(of: Vocabulary(kind: .object, members: rest), prefix: "\(path).")
            case .list:
                rows.append("| `\(path)` | list | \(inner.meaning) |\n")
                rows += self.rows(of: Vocabulary(kind: .object, members: inner.members), prefix: "\(path) → ")
            }
        }
        return rows
    }
}

extension Schema {
    fileprivate var names: [String] { fields.map(\.name) }
}
