package import UsherJob
package import UsherModel
internal import UsherText

/// The options of a channel of kind `webhook`.
package struct WebhookOptions: Hashable, Sendable {
    package enum Endpoint: Hashable, Sendable {
        /// A URL that the job file states.
        case url(String)
        /// A URL that is itself a secret, as those of chat products are.
        case reference(SecretReference)
    }

    package let endpoint: Endpoint
    /// The secrets to sign with, newest first; several while one is being replaced.
    package let secrets: [SecretReference]
    /// Whether http is allowed to other machines.
    package let isInsecure: Bool
    /// Whether addresses in private networks are allowed.
    package let allowsPrivate: Bool
    /// Additional header fields; their values are secrets.
    package let headers: [String: SecretReference]
    /// Certificates to trust in place of the system's; nil trusts the system's.
    package let caFile: String?
    /// The media type of the body.
    package let mediaType: String

    /// Reads the options; nil where there are problems.
    package init?(_ channel: ChannelNode, _ problems: JobProblems, folder: String) {
        let keys =
            Job.channelKeys + ["url", "secret", "secrets", "insecure", "private", "headers", "content-type", "ca-file"]
        guard let map = JobMap(channel.kind.node, problems, keys: keys) else { return nil }
        let isInsecure = map.flag("insecure") ?? false
        self.isInsecure = isInsecure
        allowsPrivate = map.flag("private") ?? false
        let several = map["secrets"].map { $0.items(problems, of: "secrets").compactMap { $0.secret(problems) } }
        secrets = several ?? [map.secret("secret")].compactMap { $0 }
        mediaType =
            map.parsed("content-type", "a media type such as application/json") { text in
                text.split(separator: "/").count == 2 && !Line.hasForbidden(text) && !text.contains(" ") ? text : nil
            } ?? "application/json"
        headers = map.secretHeaders("headers")
        caFile = map.path("ca-file", in: folder)
        guard let node = map.required("url", "an https URL, or a reference to one") else { return nil }
        if case .map = node.value {
            guard let reference = node.secret(problems) else { return nil }
            endpoint = .reference(reference)
        } else {
            let expected =
                isInsecure ? "an https or http URL" : "an https URL (http only to this machine, or with insecure: true)"
            guard let url = node.parsed(expected, problems, { Self.url($0, isInsecure: isInsecure) }) else {
                return nil
            }
            endpoint = .url(url)
        }
    }

    /// Whether the URL in the job names this machine, whose address is then allowed although it is not public.
    var namesThisMachine: Bool {
        switch endpoint {
        case .url(let url): NetworkLocation.isThisMachine(url: url)
        case .reference: false
        }
    }

    /// Whether messages may go to a URL.
    func allows(_ text: String) -> Bool { Self.url(text, isInsecure: isInsecure) != nil }

    private static func url(_ text: String, isInsecure: Bool) -> String? {
        guard !Line.hasForbidden(text), !text.contains(" "), NetworkLocation.host(ofURL: text) != nil else {
            return nil
        }
        if text.hasPrefix("https://") { return text }
        return text.hasPrefix("http://") && (isInsecure || NetworkLocation.isThisMachine(url: text)) ? text : nil
    }
}
