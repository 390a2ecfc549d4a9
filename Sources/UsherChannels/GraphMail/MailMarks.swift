internal import UsherModel
internal import UsherText

/// The marks by which a mail is recognized among those that a mailbox keeps.
struct MailMarks {
    let messageID: String
    /// The value of ``field``: the part of the Message-ID before the domain.
    let id: String
    private let domain: String

    /// The header field that repeats the id, for servers that write a Message-ID of their own: they keep fields that begin with `X-`.
    static let field = "X-Usher-Delivery"
    /// Where Exchange may keep the Message-ID that it replaced.
    private static let original = "X-Microsoft-Original-Message-ID"
    /// The longest subject that Exchange is sure to keep whole, in characters.
    private static let wholeSubject = 254

    init(_ id: DeliveryID, _ profile: MailProfile) {
        messageID = profile.messageID(of: id)
        self.id = id.short
        domain = String(profile.from.address.domain)
    }

    /// The message with the field in front: the same bytes on every attempt.
    func marking(_ bytes: [UInt8]) -> [UInt8] { Array("\(Self.field): \(id)\r\n".utf8) + bytes }

    /// How surely a message of the mailbox is the one that was sent.
    enum Match: Hashable {
        /// It carries its id.
        case certain(by: String)
        /// It has its subject and its recipient.
        case likely
        /// It has its recipient, and nothing tells whether it is another one.
        case possible
        case none
    }

    func match(_ item: JSONValue, to address: Address, _ subject: SubjectDigest?) -> Match {
        if item["internetMessageId"].text == messageID { return .certain(by: "its Message-ID") }
        let fields = Self.fields(of: item)
        if fields(Self.field) == id { return .certain(by: Self.field) }
        if fields(Self.original) == messageID { return .certain(by: Self.original) }
        // The ids of other deliveries.
        if fields(Self.field) != nil || isOwn(item["internetMessageId"].text) || isOwn(fields(Self.original)) {
            return .none
        }
        guard Self.reaches(address, item) else { return .none }
        guard let subject, let text = item["subject"].text else { return .possible }
        if SubjectDigest(of: text) == subject { return .likely }
        return text.count > Self.wholeSubject ? .possible : .none
    }

    /// The value of a header field of a message, by its name in any case; nil where it is not shown.
    static func fields(of item: JSONValue) -> (String) -> String? {
        { name in
            item["internetMessageHeaders"].items.first { $0["name"].text?.lowercased() == name.lowercased() }
                .flatMap { $0["value"].text }.map { value in String(value.trimmingBlanks) }
        }
    }

    /// Whether a message went to the address, among others; one that does not say to whom may have.
    private static func reaches(_ address: Address, _ item: JSONValue) -> Bool {
        let addresses = item["toRecipients"].items.compactMap { $0["emailAddress"]["address"].text }
        return addresses.isEmpty || addresses.contains { $0.lowercased() == address.text.lowercased() }
    }

    private func isOwn(_ other: String?) -> Bool {
        guard let other, other.hasPrefix("<"), other.hasSuffix("@\(domain)>") else { return false }
        return DeliveryID.isShort(other.dropFirst().prefix { $0 != "@" })
    }
}

extension String {
    /// The text without blanks at its ends.
    fileprivate var trimmingBlanks: Substring {
        let start = drop { $0.isWhitespace }
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }
}
