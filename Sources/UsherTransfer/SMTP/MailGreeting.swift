internal import UsherText

/// What an SMTP server says until it waits for messages.
///
/// Not `Sendable`: used by the thread that connects, and read by the next one.
final class MailGreeting: SignInObserver {
    /// How far the dialogue got.
    private(set) var phase = MailOutcome.Phase.connecting
    /// What the server offered after the last EHLO (RFC 5321 §4.1.1.1), in upper case.
    private(set) var extensions: Set<String> = []
    /// Whether the client signed in.
    private(set) var hasSignedIn = false
    /// The lines received since the last EHLO or AUTH.
    private(set) var lines: [String] = []

    init(_ log: DialogueLog?, _ isAbandoned: @escaping @Sendable () -> Bool) { super.init(.smtp, log, isAbandoned) }

    /// The ways to sign in that the server offered; nil where it offered none.
    var offeredSignIns: String? {
        lines.last { $0.dropFirst(4).uppercased().hasPrefix("AUTH") }.map {
            String(String($0.dropFirst(4)).trimmingBlanks)
        }
    }

    /// What the server's last challenge says: with XOAUTH2, why it refuses the token (Google, "XOAUTH2 Protocol": JSON in base64).
    ///
    /// libcurl ends the dialogue there, and never reads the 535 that would follow an empty line. Nil where the last line is no such challenge.
    var challenge: String? {
        guard let line = lines.last, line.hasPrefix("334 ") else { return nil }
        let payload = String(line.dropFirst(4)).trimmingBlanks
        guard !payload.isEmpty, let octets = Base64.decode(payload) else { return nil }
        return String(String(decoding: octets.prefix(500), as: UTF8.self).trimmingBlanks)
    }

    override func sent(commandBeginning name: String) {
        switch name.uppercased() {
        case "EHLO ":
            (phase, extensions) = (.greeted, [])
            lines = []
        case "HELO ", "START": phase = .greeted
        case "AUTH ":
            (phase, hasSignedIn) = (.signingIn, true)
            // Earlier lines are no reply to this.
            lines = []
        default: break
        }
    }

    override func received(_ line: String) {
        if lines.reduce(0, { $0 + $1.utf8.count }) + line.utf8.count <= MailReplyReader.storedOctets {
            lines.append(line)
        }
        if phase == .connecting, line.hasPrefix("220") { phase = .greeted }
        // The first line names the server.
        guard phase == .greeted, line.hasPrefix("250"), lines.count > 1 else { return }
        let word = line.dropFirst(4).prefix { $0 != " " && !$0.isNewline }
        if extensions.count < 100 { extensions.insert(word.uppercased()) }
    }
}
