/// What the log shows of the dialogue that libcurl has with a mail server until the client is signed in.
///
/// Only what is known to hold no secret is shown: commands without one, and how the client signs in.
enum SignInDialogue {
    /// RFC 5321, RFC 4954 §4.
    case smtp
    /// RFC 3501 §6.
    case imap

    /// What is shown of a command.
    func shown(command line: String) -> String {
        let words = line.split(separator: " ")
        // An IMAP command begins with its tag.
        let start = self == .smtp ? 0 : 1
        guard words.count > start else { return DialogueLog.hidden }
        switch (self, words[start].uppercased()) {
        case (.smtp, "EHLO"), (.smtp, "HELO"), (.smtp, "QUIT"), (.smtp, "*"), (_, "STARTTLS"): return line
        case (.imap, "CAPABILITY"), (.imap, "LOGOUT"), (.imap, "NOOP"): return line
        case (.smtp, "AUTH"), (.imap, "AUTHENTICATE"): return Self.begin(of: words, count: start + 2)
        case (.imap, "LOGIN"): return Self.begin(of: words, count: start + 1)
        default: return DialogueLog.hidden
        }
    }

    /// What is shown of a line of a reply: a continuation carries a part of the sign-in.
    func shown(reply line: String) -> String {
        let continuation = self == .smtp ? "334" : "+"
        let isPart = line.hasPrefix(continuation) && line.utf8.count > continuation.utf8.count + 1
        return isPart ? "\(continuation) \(DialogueLog.hidden)" : line
    }

    private static func begin(of words: [Substring], count: Int) -> String {
        words.prefix(count).joined(separator: " ") + (words.count > count ? " \(DialogueLog.hidden)" : "")
    }
}
