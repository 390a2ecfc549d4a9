/// What the log shows of the dialogue that libcurl has with a mail server until it is signed in.
///
/// Only what is known to hold no secret is shown: commands without one, and how the client signs in.
enum SignInDialogue {
    /// What is shown of an SMTP command (RFC 5321, RFC 4954 §4).
    static func smtp(command line: String) -> String {
        let words = line.split(separator: " ")
        switch words.first?.uppercased() {
        case "EHLO", "HELO", "STARTTLS", "QUIT", "*": return line
        case "AUTH": return signIn(words, shown: 2)
        default: return DialogueLog.hidden
        }
    }

    /// What is shown of a line of an SMTP reply: a 334 carries a part of the sign-in.
    static func smtp(reply line: String) -> String {
        line.hasPrefix("334") && line.utf8.count > 4 ? "334 \(DialogueLog.hidden)" : line
    }

    /// What is shown of an IMAP command (RFC 3501 §6).
    static func imap(command line: String) -> String {
        let words = line.split(separator: " ")
        switch words.dropFirst().first?.uppercased() {
        case "CAPABILITY", "STARTTLS", "LOGOUT", "NOOP": return line
        case "AUTHENTICATE": return signIn(words, shown: 3)
        case "LOGIN": return signIn(words, shown: 2)
        default: return DialogueLog.hidden
        }
    }

    /// What is shown of a line of an IMAP response: a continuation carries a part of the sign-in.
    static func imap(response line: String) -> String {
        line.hasPrefix("+") && line.utf8.count > 2 ? "+ \(DialogueLog.hidden)" : line
    }

    private static func signIn(_ words: [Substring], shown: Int) -> String {
        words.prefix(shown).joined(separator: " ") + (words.count > shown ? " \(DialogueLog.hidden)" : "")
    }
}
