internal import UsherJob
internal import UsherModel

/// The options that all mail channels share.
enum MailOptions {
    static let keys = [
        "from", "reply-to", "envelope-from", "unsubscribe", "unsubscribe-secret", "one-click", "feedback-id",
        "invitation", "alarm",
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
        profile.unsubscribeSecret = map.secret("unsubscribe-secret")
        profile.isOneClick = map.flag("one-click") ?? false
        checkUnsubscribe(profile, map)
        return profile
    }

    private static func checkUnsubscribe(_ profile: MailProfile, _ map: JobMap) {
        let placeholder = MailProfile.TokenPlaceholder.website.rawValue
        let ledgerPlaceholder = MailProfile.TokenPlaceholder.ledger.rawValue
        let links = profile.unsubscribe.filter { $0.text.hasPrefix("https://") }
        if let node = map["unsubscribe"], profile.uses(.website), map["unsubscribe-secret"] == nil {
            map.problems.error(
                node, "\(placeholder) without a secret to derive it from",
                expected: "unsubscribe-secret: {env: NAME} beside it")
        }
        if let node = map["unsubscribe-secret"], !links.contains(where: { $0.text.contains(placeholder) }) {
            map.problems.error(
                node, "a secret that no URL uses", expected: "\(placeholder) in an https URL under unsubscribe")
        }
        guard profile.isOneClick, let node = map["one-click"] else { return }
        guard !links.isEmpty else {
            return map.problems.error(
                node, "true", expected: "an https URL under unsubscribe, which takes the POST (RFC 8058 §3.1)")
        }
        // The POST of a mail program carries nothing but the URL.
        if !links.allSatisfy({ $0.text.contains(placeholder) || $0.text.contains(ledgerPlaceholder) }) {
            map.problems.refuse(
                node, "one-click with a URL that is the same for everyone, so that nobody can tell who unsubscribes",
                expected: "\(ledgerPlaceholder) in the https URL, which is another for each recipient (RFC 8058 §3.1), "
                    + "or \(placeholder) with unsubscribe-secret: {env: NAME}")
        }
    }

    private static func header(_ text: String) -> HeaderValue? {
        guard !Line.hasForbidden(text), !text.isEmpty else { return nil }
        return HeaderValue(Line(cleaning: text))
    }

    private static func link(_ text: String) -> HeaderValue? {
        guard text.hasPrefix("https://") || text.hasPrefix("mailto:"),
            text.hasPrefix("https://") || !text.contains(MailProfile.TokenPlaceholder.website.rawValue),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x2C })
        else { return nil }
        return HeaderValue(Line(cleaning: text))
    }
}
