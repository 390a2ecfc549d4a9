import ICalendar
import Testing
import UsherModel
import UsherTesting
import UsherText

@testable import UsherRender

/// Text for chats is escaped and cut as each product's documentation says, and alerts no one.
@Suite("messages to chats")
struct ChatTests {
    private func body(
        _ template: String, _ subject: String, details: String = "", language: String = "en", folder: String? = nil
    ) throws -> JSONValue {
        var session = try Sample.session(subject)
        session.details = details
        let format = MessageFormat.payload(mediaType: "application/json")
        var request = try Sample.request(template, kind: .offset, attendee: nil, session: session, format: format)
        if language != "en" {
            request = try Sample.request(
                template, kind: .offset, attendee: Sample.attendee(language, "Europe/Berlin"), session: session,
                format: format)
        }
        let templates = try TemplateSet(
            folder: folder, words: WordSet(folder: folder), mails: [], payloads: [template], pages: [])
        let renderer = MessageRenderer(
            templates: templates, job: "sample", defaultZone: nil, defaultLanguage: .english, now: Sample.now,
            zones: TimeZoneDatabase())
        return try #require(JSONValue(Sample.bytes(renderer.render(request))))
    }

    private func ours(_ text: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "webhook/ours.json.mustache")
        return folder
    }

    // MARK: Escaping

    @Test func slackGetsEntitiesInEveryText() throws {
        let body = try body("slack-reminder", "A & B <C> <!channel> <@U123>")
        #expect(body["text"].text?.hasPrefix("A &amp; B &lt;C&gt; &lt;!channel&gt; &lt;@U123&gt;: ") == true)
        #expect(
            body["blocks"].items.first?["text"]["text"].text == "A &amp; B &lt;C&gt; &lt;!channel&gt; &lt;@U123&gt;")
        let button = try #require(body["blocks"].items.last?["elements"].items.first)
        #expect(button["url"].text == (try Sample.session()).joinURL?.text, "a link stays byte for byte")
    }

    @Test func discordAndMattermostGetMarkdown() throws {
        let subject = "*b* _i_ ~~s~~ `c` [t](https://e.com) <@1> @everyone a@b.example # x | \\"
        let escaped =
            "\\*b\\* \\_i\\_ \\~\\~s\\~\\~ \\`c\\` \\[t\\](https://e.com) \\<\u{200B}@\u{200B}1\\> @\u{200B}everyone a@b.example # x \\| \\\\"
        let discord = try body("discord-reminder", subject)
        #expect(discord["embeds"].items.first?["title"].text == escaped)
        #expect(discord["allowed_mentions"] == ["parse": []])
        let folder = try ours(
            "{{% CHAT: mattermost}}{\"text\": \"# {{session.subject}}\", \"props\": {\"card\": \"x\"}}")
        #expect(try body("ours", subject, folder: folder.path)["text"].text == "# " + escaped)
    }

    @Test func whatBeginsALineOfMarkdownIsEscapedOnlyThere() throws {
        let folder = try ours("{{% CHAT: discord}}{\"content\": \"{{session.details}}\"}")
        let text = try body("ours", "x", details: "- one - two\n# three # four", folder: folder.path)["content"].text
        #expect(text == "\\- one - two\n\\# three # four")
    }

    @Test func teamsGetsMarkdownOnlyWhereItReadsIt() throws {
        let folder = try ours(
            "{{% CHAT: teams}}{\"body\": [{\"type\": \"TextBlock\", \"text\": \"{{session.subject}}\"}, {\"type\": \"TextRun\", \"text\": \"{{session.subject}}\"}, {\"type\": \"FactSet\", \"facts\": [{\"title\": \"{{session.subject}}\", \"value\": \"v\"}]}]}"
        )
        let items = try body("ours", "*A* [b](c) <at>", folder: folder.path)["body"].items
        #expect(items[0]["text"].text == "\\*A\\* \\[b\\](c) \\<at\\>")
        #expect(items[1]["text"].text == "*A* [b](c) <at>")
        #expect(items[2]["facts"].items.first?["title"].text == "\\*A\\* \\[b\\](c) \\<at\\>")
    }

    /// `@` and `<` alert people in a text; in what is inserted there is neither form.
    @Test(arguments: ["discord", "mattermost"])
    func noMentionSurvives(_ product: String) throws {
        let folder = try ours(
            "{{% CHAT: \(product)}}{\"text\": \"{{session.subject}}\", \"content\": \"{{session.subject}}\", \"attachments\": [{\"title\": \"{{session.subject}}\", \"fallback\": \"{{session.subject}}\"}]}"
        )
        let body = try body("ours", "@here, @channel (@all) <!channel> <@u1> <#c1>", folder: folder.path)
        let texts = [body["text"], body["attachments"].items[0]["title"], body["attachments"].items[0]["fallback"]]
        for text in product == "discord" ? [body["content"]] : texts {
            for mention in ["@here", "@channel", "@all", "<!", "<@", "<#"] {
                #expect(text.text?.contains(mention) == false, "\(text)")
            }
        }
    }

    // MARK: Limits

    @Test(arguments: ["a", "*", "&", "é", "👩‍👩‍👧"])
    func longTextsAreCutToTheDocumentedLimits(_ text: String) throws {
        let subject = String(repeating: text, count: 880 / text.utf8.count)
        let details = String(repeating: text, count: 60_000 / text.utf8.count)
        func fits(_ value: JSONValue, _ limit: Int) -> Bool {
            guard let count = value.text?.utf16.count else { return false }
            // Cut where it has to be, and no earlier than a character and its escape.
            return count <= limit && count >= min(limit - 24, subject.utf16.count)
        }
        let slack = try body("slack-reminder", subject)
        #expect(fits(slack["blocks"].items[0]["text"]["text"], 150))
        let discord = try body("discord-reminder", subject)["embeds"].items[0]
        #expect(fits(discord["title"], 256))
        let long = try ours(
            "{{% CHAT: discord}}{\"content\": \"{{session.details}}\", \"embeds\": [{\"title\": \"{{session.subject}}\", \"description\": \"{{session.details}}\", \"fields\": [{\"name\": \"n\", \"value\": \"{{session.details}}\"}, {\"name\": \"m\", \"value\": \"{{session.details}}\"}], \"footer\": {\"text\": \"{{session.details}}\"}}]}"
        )
        let whole = try body("ours", subject, details: details, folder: long.path)
        #expect(fits(whole["content"], 2000) || (whole["content"].text?.utf16.count ?? 0) <= 2000)
        let embed = whole["embeds"].items[0]
        let texts =
            [embed["title"], embed["description"], embed["footer"]["text"]]
            + embed["fields"].items.flatMap { [$0["name"], $0["value"]] }
        let total = texts.reduce(0) { $0 + ($1.text?.utf16.count ?? 0) }
        #expect(total <= 6000 && total > 5000, "\(total)")
        #expect(embed["fields"].items.allSatisfy { ($0["value"].text?.utf16.count ?? 0) <= 1024 })
        let section = try ours(
            "{{% CHAT: slack}}{\"blocks\": [{\"type\": \"section\", \"text\": {\"type\": \"mrkdwn\", \"text\": \"*Details* {{session.details}}\"}}]}"
        )
        let text = try body("ours", subject, details: details, folder: section.path)["blocks"].items[0]["text"]["text"]
        #expect(fits(text, 3000) && text.text?.hasPrefix("*Details* ") == true && text.text?.hasSuffix("…") == true)
        let mattermost = try ours("{{% CHAT: mattermost}}{\"text\": \"{{session.details}}\"}")
        #expect(fits(try body("ours", subject, details: details, folder: mattermost.path)["text"], 16_383))
        let teams = try ours(
            "{{% CHAT: teams}}{\"body\": [{\"type\": \"TextBlock\", \"text\": \"{{session.subject}}\"}, {\"type\": \"TextBlock\", \"text\": \"{{session.details}}\"}]}"
        )
        let card = try body("ours", subject, details: details, folder: teams.path)
        #expect(card.line().utf8.count <= 28_000 && card.line().utf8.count > 25_000, "\(card.line().utf8.count)")
        #expect(card["body"].items[0]["text"].text?.hasSuffix("…") == false, "the short text is whole")
    }

    /// No cut splits a character or an escape.
    @Test func aCutSplitsNoEscape() throws {
        for length in 140...152 {
            let body = try body("slack-reminder", String(repeating: "x", count: length) + "&&&&")
            let text = try #require(body["blocks"].items[0]["text"]["text"].text)
            #expect(text.utf16.count <= 150)
            #expect(text.replacing("&amp;", with: "").contains("&") == false, "\(text)")
        }
    }

    // MARK: Words

    @Test(arguments: ["slack-reminder", "discord-reminder", "mattermost-reminder", "teams-reminder"])
    func aMessageIsInOneLanguage(_ template: String) throws {
        let german = try body(template, "Dachkurs", language: "de").line()
        #expect(german.contains("Teilnehmen") && german.contains("Mittwoch") && !german.contains("Join"))
        // There are no Italian words: everything is English.
        let other = try body(template, "Dachkurs", language: "it").line()
        #expect(other.contains("Join") && other.contains("Wednesday"), "\(other)")
    }

    // MARK: The directive

    @Test func aNumberIsInsertedAsANumber() throws {
        let folder = try ours(
            "{{% CHAT: slack}}{\"text\": \"a\", \"n\": {{session.revision}}, \"b\": {{session.isCanceled}}, \"c\": \"\\\"{{session.subject}}\\\"\"}"
        )
        let body = try body("ours", "x\"y", folder: folder.path)
        #expect(body["n"].integer == 0 && body["b"].flag == false && body["c"].text == "\"x\"y\"")
    }

    @Test func anUnknownProductIsRefused() throws {
        let folder = try ours("\n{{% CHAT: irc}}{}")
        let error = #expect(throws: TemplateErrors.self) { try body("ours", "x", folder: folder.path) }
        #expect(
            error?.description.hasSuffix(
                "ours.json.mustache:2: there is no chat product \"irc\". There are slack, discord, mattermost, teams")
                == true,
            "\(String(describing: error))")
    }

    /// A template without the directive is rendered as it always was.
    @Test func aTemplateThatNamesNoProductIsLeftAlone() throws {
        let folder = try ours("{\"text\": \"{{session.subject}}\"}")
        #expect(try body("ours", "<!channel> & *b*", folder: folder.path)["text"].text == "<!channel> & *b*")
    }
}
