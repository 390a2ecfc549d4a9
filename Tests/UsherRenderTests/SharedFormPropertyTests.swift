import ICalendar
import Testing
import UsherModel
import UsherTesting

@testable import UsherRender

/// Random templates over everything that messages may use, for random people.
///
/// What is rendered once for many equals what is rendered for each.
@Suite("random messages to many")
struct SharedFormPropertyTests {
    private static let variables = ContextTests.variables(of: MessageContext.schema.vocabulary)
    private static let names = [
        "", "Ada", "Bo", "Ünï\u{301}", "\"\u{301}<b>", "\u{E000}\"1\u{E001}", "\u{E000}\"0\u{E001}", "a\\b", "日本",
        "{{language}}",
    ]

    /// A template's text; in JSON it stays inside one string, except for numbers.
    private static func template(_ random: inout Seeded, kind: TemplateKind) -> String {
        let lineEnd = kind == .json ? " " : "\n"
        let pieces = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            piece(random.one(of: variables), &random) + (random.once(in: 2) ? lineEnd : "")
        }
        guard kind == .json else { return pieces.joined() }
        let number =
            random.once(in: 4) ? ", \"n\": {{#attendee.registrationId}}{{.}}{{/attendee.registrationId}}0" : ""
        return "{\"t\": \"\(pieces.joined())\"\(number)}"
    }

    private static func piece(_ variable: ContextTests.Variable, _ random: inout Seeded) -> String {
        let name = variable.name
        let shown =
            switch Int.random(in: 0..<9, using: &random) {
            case 0: "{{\(name)}}"
            case 1: "{{^\(name)}}no{{/\(name)}}"
            case 2 where variable.vocabulary.kind == .text:
                "{{#\(name)}}{{\(random.one(of: ["uppercased", "reversed", "capitalized"]))(\(name))}}{{/\(name)}}"
            case 3 where variable.vocabulary.kind == .text: "{{#\(name)}}{{uppercased(.)}}{{/\(name)}}"
            case 4 where name.contains("."): inner(name)
            default: "{{#\(name)}}\(variable.path)={{\(name)}}{{/\(name)}}"
            }
        return variable.sections.reversed().reduce(shown) { "{{#\($1)}}\($0){{^last()}}, {{/last()}}{{/\($1)}}" }
    }

    /// The name inside the section of its object, where a short name stands for it.
    private static func inner(_ name: String) -> String {
        let parts = name.split(separator: ".")
        let last = parts[parts.count - 1]
        let object = parts.dropLast().joined(separator: ".")
        return "{{#\(object)}}{{#\(last)}}{{\(last)}}{{/\(last)}}{{/\(object)}}"
    }

    private static func attendee(_ random: inout Seeded) throws -> UsherModel.Attendee {
        let number = Int.random(in: 0..<1000, using: &random)
        var attendee = UsherModel.Attendee(
            registration: RegistrationID(
                rawValue: random.one(of: ["", "\(number)", "r\(number)", "r\n\n\n\(number)"])),
            event: EventID(rawValue: "e1"), address: try Address("person\(number)@example.com"))
        attendee.firstName = Line(cleaning: random.one(of: names))
        attendee.lastName = Line(cleaning: random.one(of: names))
        attendee.language = random.one(of: [nil, "en", "de", "fr-CA", "it"]).flatMap { LanguageTag($0) }
        if let zone = random.one(of: [nil, "Europe/Berlin", "Asia/Tokyo"]) {
            attendee.zone = try ZoneID(zone) { _ in true }
        }
        if random.once(in: 4) {
            attendee.answers = (0...Int.random(in: 0...1, using: &random)).map {
                QuestionAnswer(question: Line(cleaning: "Q\($0)"), answer: random.one(of: ["Yes", "No", "a\n\nb"]))
            }
        }
        return attendee
    }

    private static func request(_ random: inout Seeded, _ number: Int, isMail: Bool) throws -> RenderRequest {
        let kind = random.one(of: [MomentKind.registered, .changed, .offset])
        var request = try Sample.request(
            "reminder", kind: kind, attendee: random.once(in: 8) ? nil : attendee(&random),
            session: Sample.session(random.one(of: ["Roof", "A \u{E000}\"1\u{E001}"])),
            previous: kind == .changed ? Sample.session("Old") : nil,
            format: isMail ? nil : .payload(mediaType: "application/json"))
        if isMail, request.attendee == nil { request.recipient = .person(try Address("p\(number)@example.com")) }
        request.id = DeliveryID(["\(number)"])
        request.dueAt = Sample.now + .seconds(random.one(of: [0, number, 200_000]))
        if random.once(in: 3) { request.calendarURL = "https://www.contoso.com/me/\(number).ics" }
        if random.once(in: 2) {
            request.unsubscribe = ["https://example.com/u?t=\(number)&x=\"", "mailto:u+\(number)@example.com"].map {
                HeaderValue(Line(cleaning: $0))
            }
        }
        if random.once(in: 5) { request.divertedTo = try Address("test@contoso.example") }
        return request
    }

    private func outcome(_ renderer: MessageRenderer, _ request: RenderRequest) -> Result<Message, RenderError> {
        do throws(RenderError) {
            return .success(try renderer.render(request))
        } catch {
            return .failure(error)
        }
    }

    private func renderer(_ templates: TemplateSet) -> MessageRenderer {
        MessageRenderer(
            templates: templates, job: "sample", defaultZone: nil, defaultLanguage: .english, now: Sample.now,
            zones: TimeZoneDatabase())
    }

    @Test(arguments: 1...60)
    func eachGetsWhatRenderingForThemAloneGives(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        let isMail = seed % 2 == 0
        let folder = try TemporaryFolder()
        for language in ["", "de/"] {
            for (file, kind) in [("subject.txt", TemplateKind.txt), ("body.txt", .txt), ("body.html", .html)] {
                try folder.write(
                    Self.template(&random, kind: kind), to: "email/reminder/\(language)\(file).mustache")
            }
        }
        try folder.write(Self.template(&random, kind: .json), to: "webhook/reminder.json.mustache")
        let templates = try TemplateSet(
            folder: folder.path, words: WordSet(folder: folder.path), mails: ["reminder"], payloads: ["reminder"],
            pages: [])
        let many = renderer(templates)
        for number in 0..<40 {
            let request = try Self.request(&random, number, isMail: isMail)
            let (shared, alone) = (outcome(many, request), outcome(renderer(templates), request))
            #expect(shared == alone, "seed \(seed), message \(number)")
        }
    }

    /// Three of thirty answered the form's questions, and the first did not.
    @Test func answersAreShownToWhoeverGaveThem() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "{\"answers\": [{{#attendee.answers}}\"{{answer}}\"{{^last()}},{{/last()}}{{/attendee.answers}}]}",
            to: "webhook/form.json.mustache")
        let many = renderer(
            try TemplateSet(
                folder: folder.path, words: WordSet(folder: folder.path), mails: [], payloads: ["form"], pages: []))
        for number in 0..<30 {
            var attendee = try Sample.attendee("en", "UTC")
            if number % 10 == 9 {
                attendee.answers = [QuestionAnswer(question: Line(cleaning: "Roof?"), answer: "Yes \(number)")]
            }
            let message = try many.render(
                Sample.request(
                    "form", kind: .registered, attendee: attendee, format: .payload(mediaType: "application/json")))
            let text = String(decoding: Sample.bytes(message), as: UTF8.self)
            #expect(text == (number % 10 == 9 ? "{\"answers\": [\"Yes \(number)\"]}" : "{\"answers\": []}"))
        }
    }
}
