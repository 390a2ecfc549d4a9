internal import UsherText

/// A chat product whose messages are escaped and cut as its documentation asks; a template chooses it with `{{% CHAT: slack}}`.
///
/// | product | documentation |
/// |---|---|
/// | Slack | <https://docs.slack.dev/messaging/formatting-message-text> (escaping), <https://docs.slack.dev/reference/block-kit/blocks> (limits) |
/// | Discord | <https://discord.com/developers/docs/resources/webhook#execute-webhook>, <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>, <https://discord.com/developers/docs/reference#message-formatting> |
/// | Mattermost | <https://developers.mattermost.com/integrate/webhooks/incoming/>, <https://developers.mattermost.com/integrate/reference/message-attachments/> |
/// | Teams | <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook> (28 KB), <https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features> (Markdown) |
enum ChatProduct: String, CaseIterable, Sendable {
    case slack, discord, mattermost, teams

    /// A text of a message, where it stands in its JSON.
    struct Field {
        /// The names of the members that lead to it; the items of a list have none.
        let path: [String]
        /// The `type` of each object on the way, where it has one.
        let types: [String]

        /// The name of the text itself.
        var name: String { path.last ?? "" }

        func ends(in names: String...) -> Bool { path.suffix(names.count).elementsEqual(names) }
    }

    /// How a text is shown, and so what has to be escaped in what is inserted into it.
    func style(of field: Field) -> ChatStyle {
        guard !Self.isLiteral(field.name) else { return .literal }
        switch self {
        case .slack: return .slack
        case .discord:
            // Footers, authors and the sender's name know no Markdown.
            let isPlain =
                field.ends(in: "footer", "text") || field.ends(in: "author", "name") || field.name == "username"
            return isPlain ? .literal : .markdown(mentions: true)
        case .mattermost:
            let isMarkdown = ["text", "pretext", "value"].contains(field.name)
            return isMarkdown ? .markdown(mentions: true) : .plain
        case .teams:
            let isMarkdown =
                field.name == "text" && field.types.last == "TextBlock" || field.path.contains("facts")
                || field.path == ["text"]
            return isMarkdown ? .markdown(mentions: false) : .literal
        }
    }

    /// The most characters of a text; nil where the documentation names no limit.
    func limit(of field: Field) -> Int? {
        switch self {
        case .slack: Self.slackLimit(of: field)
        case .discord:
            switch field.name {
            case "content": 2000
            case "title": 256
            case "description": 4096
            case "name" where field.path.contains("fields") || field.path.contains("author"): 256
            case "value": 1024
            case "text" where field.path.contains("footer"): 2048
            case "username": 80
            default: nil
            }
        case .mattermost: ["text", "pretext", "title", "fallback", "value"].contains(field.name) ? 16_383 : nil
        case .teams: nil
        }
    }

    /// The most items of a list; further ones are left out.
    func items(of path: [String], in types: [String]) -> Int? {
        switch (self, path.last) {
        case (.slack, "blocks"): 50
        case (.slack, "fields"): 10
        case (.slack, "elements"): types.last == "context" ? 10 : 25
        case (.discord, "embeds"): 10
        case (.discord, "fields"): 25
        default: nil
        }
    }

    /// What the texts of a message may add up to, and how they are counted.
    func excess(of body: JSONValue) -> Int {
        switch self {
        case .slack, .mattermost: 0
        case .discord: Self.embedCharacters(body["embeds"]) - 6000
        // "28 KB"; a little is left for what a flow adds.
        case .teams: body.line().utf8.count - 28_000
        }
    }

    /// The body with what keeps everyone from being alerted, unless the template says whom to alert.
    func withoutMentions(_ body: JSONValue) -> JSONValue {
        guard self == .discord, case .object(var object) = body, object["allowed_mentions"] == nil else { return body }
        object.append("allowed_mentions", ["parse": []])
        return .object(object)
    }

    private static func slackLimit(of field: Field) -> Int? {
        if field.path == ["text"] { return 4000 }
        if field.name == "url" { return 3000 }
        guard field.ends(in: "text", "text") || field.ends(in: "fields", "text") || field.ends(in: "elements", "text")
        else { return field.name == "alt_text" ? 2000 : nil }
        // The last type is that of the text object itself.
        let owner = field.types.dropLast().last
        switch owner {
        case "header": return 150
        case "button": return 75
        case "section" where field.path.contains("fields"): return 2000
        default: return 3000
        }
    }

    private static func embedCharacters(_ embeds: JSONValue) -> Int {
        embeds.items.reduce(0) { total, embed in
            let texts = [embed["title"], embed["description"], embed["footer"]["text"], embed["author"]["name"]]
            let fields = embed["fields"].items.flatMap { [$0["name"], $0["value"]] }
            return total + (texts + fields).reduce(0) { $0 + ($1.text?.utf16.count ?? 0) }
        }
    }

    /// Members that hold addresses, times and names of the format, and no text for people.
    private static func isLiteral(_ name: String) -> Bool {
        let names: Set = [
            "$schema", "action_id", "block_id", "callback_id", "color", "contentType", "icon_emoji", "id", "size",
            "style",
            "timestamp", "ts", "type", "version", "weight",
        ]
        return names.contains(name) || name.lowercased().hasSuffix("url") || name.hasSuffix("_link")
    }
}

/// What has to be escaped in a text.
enum ChatStyle: Hashable, Sendable {
    /// Nothing.
    case literal
    /// Nothing but mentions.
    case plain
    /// `&`, `<` and `>`, which Slack decodes in all texts.
    case slack
    /// Markdown; and mentions where the product looks for them in the text.
    case markdown(mentions: Bool)
}
