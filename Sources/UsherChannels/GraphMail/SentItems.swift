internal import UsherGraph
internal import UsherModel
internal import UsherText

/// Searches a mailbox for a mail that may have been sent.
///
/// The Message-ID is asked for first. A server may have replaced it: then all that was sent at about that time is gone through.
/// Source: Microsoft Graph, "list messages", "paging" (an empty page with a next link is no end), "message resource type".
struct SentItems {
    let client: GraphClient
    let user: String

    /// How long an accepted message may need until the mailbox shows it.
    static let filingTime = Duration.seconds(900)
    /// A message counts as sent at its Date, which is from before its wire mark, and by a clock that may differ from ours.
    private static let margin = Duration.seconds(900)
    /// Messages asked for in one page.
    private static let pageSize = 100
    /// Pages read at most: what is beyond them leaves the doubt.
    private static let pages = 50
    /// What is read of each message.
    private static let properties = "id,internetMessageId,subject,toRecipients,sentDateTime,internetMessageHeaders"

    /// The mail that is searched for.
    struct Wanted {
        let marks: MailMarks
        let address: Address
        let subject: SubjectDigest?
        /// When it was sent, by our clock.
        let at: Instant
    }

    /// What the search found.
    enum Outcome {
        /// The message, and by what it was recognized.
        case found(JSONValue, by: String)
        /// Everything was read, and nothing in it can be the message.
        case absent
        /// Nothing is certain; why.
        case unclear(String)
    }

    /// Searches for a mail.
    ///
    /// - Throws: ``GraphError``; nothing may be concluded then.
    func search(for wanted: Wanted) async throws(GraphError) -> Outcome {
        for path in [byMessageID(wanted), byTime(wanted)] {
            let outcome = try await search(path, for: wanted)
            if case .absent = outcome { continue }
            return outcome
        }
        return .absent
    }

    private func search(_ path: GraphPath, for wanted: Wanted) async throws(GraphError) -> Outcome {
        var likely: [JSONValue] = []
        var others = 0
        var read = 0
        let pages = GraphPages(client, path)
        while let items = try await pages.items() {
            for item in items {
                switch wanted.marks.match(item, to: wanted.address, wanted.subject) {
                case .certain(let mark): return .found(item, by: mark)
                case .likely: likely.append(item)
                case .possible: others += 1
                case .none: break
                }
            }
            read += 1
            guard read < Self.pages else {
                return .unclear("the mailbox sent more than \(Self.pages) pages of messages at about that time")
            }
        }
        if likely.count == 1, others == 0 { return .found(likely[0], by: "its subject and recipient") }
        guard !likely.isEmpty || others > 0 else { return .absent }
        return .unclear(
            "\(likely.count + others) in the mailbox went to the recipient at about that time, and nothing says which delivery they are"
        )
    }

    /// In all folders, since a person may have moved it.
    private func byMessageID(_ wanted: Wanted) -> GraphPath {
        let id = wanted.marks.messageID.replacingOctets(of: "'", with: "''")
        return GraphPath(["users", user, "messages"]).asking([
            (name: "$filter", value: "internetMessageId eq '\(id)'"), (name: "$select", value: Self.properties),
        ])
    }

    private func byTime(_ wanted: Wanted) -> GraphPath {
        let from = wanted.at - Self.margin
        let until = wanted.at + Self.filingTime + Self.margin
        return GraphPath(["users", user, "mailFolders", "SentItems", "messages"]).asking([
            (name: "$filter", value: "sentDateTime ge \(from) and sentDateTime le \(until)"),
            (name: "$orderby", value: "sentDateTime"), (name: "$top", value: "\(Self.pageSize)"),
            (name: "$select", value: Self.properties),
        ])
    }
}
