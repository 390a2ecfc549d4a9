internal import UsherJob
internal import UsherModel

/// The options that all mail channels share.
enum MailOptions {
    static let keys = [
        "from", "reply-to", "envelope-from", "unsubscribe", "one-click", "feedback-id", "invitation", "alarm",
    ]

    /// Reads the profile of a channel's mail; nil where it names no sender.
    static func profile(_ map: JobMap) -> MailProfile? {
        guard map.required("from", "a sender such as \"Contoso Events <events@contoso.com>\"") != nil,
            let from = map.mailbox("from")
        else { return nil }
        var profile = MailProfile(from: from)
        profile.replyTo = map.mailbox("reply-to")
        profile.envelopeSender = map.address("envelope-from")
        profile.invitation = map.choice("invitation", MailProfile.Invitation.self) ?? .request
        profile.alarm = map.duration("alarm")
        profile.feedbackID = map.parsed("feedback-id", "one line such as campaign:customer:mail:sender") { header($0) }
        profile.unsubscribe = (map["unsubscribe"]?.items(map.problems, of: "https or mailto URLs") ?? [])
            .compactMap { node in
                node.parsed("an https or mailto URL without blanks or angle brackets", map.problems) { link($0) }
            }
        profile.isOneClick = map.flag("one-click") ?? false
        if profile.isOneClick, !profile.unsubscribe.contains(where: { $0.text.hasPrefix("https://") }),
            let node = map["one-click"]
        {
            map.problems.error(
                node, "true", expected: "an https URL under unsubscribe, which takes the POST (RFC 8058 §3.1)")
        }
        return profile
    }

    private static func header(_ text: String) -> HeaderValue? {
        guard !Line.hasForbidden(text), !text.isEmpty else { return nil }
        return HeaderValue(Line(cleaning: text))
    }

    private static func link(_ text: String) -> HeaderValue? {
        guard text.hasPrefix("https://") || text.hasPrefix("mailto:"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x2C })
        else { return nil }
        return HeaderValue(Line(cleaning: text))
    }
}
