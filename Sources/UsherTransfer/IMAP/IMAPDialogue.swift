internal import UsherText

/// The commands that read a mailbox: EXAMINE, UID SEARCH, UID FETCH, LOGOUT (RFC 3501 §6).
///
/// None of them changes anything: EXAMINE opens read-only, and BODY.PEEK sets no flag.
struct IMAPDialogue {
    private let link: any IMAPWire
    private let options: IMAPOptions
    private var commands = 0

    /// Octets of a literal that is read although it was not asked for.
    private static let strayLiteral = 64 * 1024

    /// How long the reply to LOGOUT may take.
    private static let farewell = Duration.seconds(2)

    init(_ link: any IMAPWire, _ options: IMAPOptions) {
        (self.link, self.options) = (link, options)
    }

    /// Opens the mailbox, read-only.
    mutating func examine() throws(TransferError) -> IMAPMailbox {
        var validity: UInt32?
        try command("EXAMINE \(IMAPFolder.quoted(options.folder))") { items in
            if case .atom("OK")? = items.first, case .atom("[UIDVALIDITY")? = items.dropFirst().first,
                case .atom(let text)? = items.dropFirst(2).first
            {
                validity = UInt32(text.prefix { $0 != "]" })
            }
        }
        guard let validity, validity > 0 else {
            throw link.problem(
                .protocolViolation, "a mailbox without UIDVALIDITY",
                "Usher cannot remember what it has read on this server.")
        }
        return IMAPMailbox(validity: validity)
    }

    /// The UIDs from one on, in ascending order.
    mutating func uids(from first: UInt32) throws(TransferError) -> [UInt32] {
        var uids: Set<UInt32> = []
        try command("UID SEARCH UID \(first):*") { items in
            guard case .atom("SEARCH")? = items.first else { return }
            for case .atom(let text) in items.dropFirst() {
                // `*` is the last message even if its UID is below the first.
                if let uid = UInt32(text), uid >= first { uids.insert(uid) }
            }
        }
        return uids.sorted()
    }

    /// The beginnings of messages, in the order of their UIDs, without those that no longer exist.
    mutating func fetch(_ uids: ArraySlice<UInt32>) throws(TransferError) -> [IMAPMessage] {
        let asked = Set(uids)
        var messages: [UInt32: IMAPMessage] = [:]
        let set = uids.map(String.init).joined(separator: ",")
        try command("UID FETCH \(set) (UID BODY.PEEK[]<0.\(options.messageBytes)>)") { items in
            guard let message = Self.message(items), asked.contains(message.uid) else { return }
            messages[message.uid] = message
        }
        return messages.values.sorted { $0.uid < $1.uid }
    }

    /// Sends LOGOUT and closes the connection; the reply is waited for, but does not matter.
    mutating func logOut() {
        defer { link.close() }
        do throws(TransferError) {
            try link.send("u0 LOGOUT\r\n")
            while true {
                let line = try link.line(limit: Self.farewell)
                link.log?.received(String(decoding: line, as: UTF8.self))
                if line.starts(with: "u0 ".utf8) { return }
            }
        } catch {
            return
        }
    }

    /// `17 FETCH (UID 4 BODY[]<0> {…})`, with the values in any order.
    private static func message(_ items: [IMAPResponse.Item]) -> IMAPMessage? {
        guard items.count >= 3, case .atom("FETCH") = items[1], case .list(let values) = items[2] else { return nil }
        var uid: UInt32?
        var bytes: [UInt8]?
        for (name, value) in zip(values, values.dropFirst()) {
            guard case .atom(let name) = name else { continue }
            if name.uppercased() == "UID", case .atom(let text) = value { uid = UInt32(text) }
            if name.uppercased().hasPrefix("BODY["), case .string(let octets) = value { bytes = octets }
        }
        guard let uid, let bytes else { return nil }
        return IMAPMessage(uid: uid, bytes: bytes)
    }

    /// Sends a command and reads to the end of its response; each untagged line is passed to `use`, without its
    /// asterisk.
    private mutating func command(
        _ text: String, _ use: ([IMAPResponse.Item]) -> Void
    ) throws(TransferError) {
        commands += 1
        let tag = "u\(commands)"
        try link.send("\(tag) \(text)\r\n")
        while true {
            let items = try response()
            guard case .atom(let start)? = items.first else { continue }
            if start == "*" {
                if case .atom("BYE")? = items.dropFirst().first {
                    throw link.problem(
                        .brokenOff, "the server ended the session (BYE)", "The next run continues from here.")
                }
                use(Array(items.dropFirst()))
            } else if start == tag {
                if case .atom("OK")? = items.dropFirst().first { return }
                throw refused(text, items)
            }
        }
    }

    private func response() throws(TransferError) -> [IMAPResponse.Item] {
        var pieces: [IMAPResponse.Piece] = []
        while true {
            let line = try link.line(limit: nil)
            guard let count = IMAPResponse.literal(announcedBy: line) else {
                pieces.append(.text(line))
                link.log?.received(IMAPResponse.shown(pieces))
                return IMAPResponse(pieces).items
            }
            guard count >= 0, count <= max(options.messageBytes, Self.strayLiteral), pieces.count < 32 else {
                throw link.problem(
                    .tooLarge, "a response of \(count) octets, where at most \(options.messageBytes) were asked for",
                    "This server does not follow RFC 3501 §6.4.5.")
            }
            pieces.append(.text(Array(line[..<(line.lastIndex(of: UInt8(ascii: "{")) ?? line.count)])))
            pieces.append(.literal(try link.octets(count)))
        }
    }

    private func refused(_ command: String, _ items: [IMAPResponse.Item]) -> TransferError {
        let words = items.dropFirst().map { item in
            switch item {
            case .atom(let text): text
            case .string(let bytes): String(decoding: bytes, as: UTF8.self)
            case .list: "(…)"
            }
        }
        let text = words.joined(separator: " ").unicodeScalars.prefix(200).map { $0.value < 32 ? "?" : Character($0) }
        return link.problem(
            .badRequest, "the server refused \(command.prefix { $0 != " " }): \(String(text))",
            "Check the mailbox's name and the account's rights.")
    }
}

/// The name of a mailbox on the wire.
enum IMAPFolder {
    /// A quoted string in modified UTF-7 (RFC 3501 §5.1.3); control characters must not be in it.
    static func quoted(_ name: String) -> String {
        var result: [UInt8] = []
        var units: [UInt16] = []
        for unit in name.utf16 {
            guard (0x20...0x7e).contains(unit) else {
                units.append(unit)
                continue
            }
            shift(&units, into: &result)
            let byte = UInt8(truncatingIfNeeded: unit)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { result.append(UInt8(ascii: "\\")) }
            result += byte == UInt8(ascii: "&") ? Array("&-".utf8) : [byte]
        }
        shift(&units, into: &result)
        return "\"" + String(decoding: result, as: UTF8.self) + "\""
    }

    private static func shift(_ units: inout [UInt16], into result: inout [UInt8]) {
        guard !units.isEmpty else { return }
        result.append(UInt8(ascii: "&"))
        result += Base64.encodedBytes(units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }, .mailbox)
        result.append(UInt8(ascii: "-"))
        units = []
    }
}
