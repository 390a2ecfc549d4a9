internal import Glibc

/// One message to send: its envelope and its bytes (RFC 5321 §2.3.1).
package struct MailTransfer: Sendable {
    /// The envelope sender, without angle brackets.
    package let sender: String
    /// The one recipient, without angle brackets.
    package let recipient: String
    /// The message with CRLF line ends, at least one line; dots are stuffed when it is sent (RFC 5321 §4.5.2).
    package let bytes: [UInt8]

    /// Creates a message.
    ///
    /// - Throws: `badRequest` where an address could end its command, or where the message does not end with a line
    ///   end.
    package init(sender: String, recipient: String, bytes: [UInt8]) throws(TransferError) {
        for address in [sender, recipient] {
            let isSafe = address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != 0x3c && $0 != 0x3e }
            guard isSafe, !address.isEmpty || address == sender else {
                throw TransferError(
                    .badRequest, at: "SMTP envelope",
                    problem: "an address with a blank, a control character or a bracket",
                    next: "Correct the address.")
            }
        }
        guard bytes.count > 2, bytes[bytes.count - 2] == 0x0d, bytes[bytes.count - 1] == 0x0a else {
            throw TransferError(
                .badRequest, at: "SMTP message", problem: "a last line without CRLF", next: "End each line with CRLF.")
        }
        (self.sender, self.recipient, self.bytes) = (sender, recipient, bytes)
    }

    /// Whether the envelope goes beyond ASCII: only servers with SMTPUTF8 accept it (RFC 6531 §3.2).
    var needsUTF8: Bool { !sender.utf8.allSatisfy { $0 < 0x80 } || !recipient.utf8.allSatisfy { $0 < 0x80 } }

    /// Whether the message goes beyond ASCII (RFC 6152).
    var isEightBit: Bool {
        bytes.withUnsafeBytes { octets in
            // Eight at a time: every message is searched.
            let words = octets.count / 8
            let all = (0..<words).reduce(into: UInt64(0)) {
                $0 |= octets.loadUnaligned(fromByteOffset: $1 * 8, as: UInt64.self)
            }
            return all & 0x8080_8080_8080_8080 != 0 || octets[(words * 8)...].contains { $0 >= 0x80 }
        }
    }

    /// The message as it is sent, without its last line end: a dot before each dot that begins a line (RFC 5321
    /// §4.5.2).
    var stuffed: [UInt8] {
        let dots = leadingDots
        let held = bytes.dropLast(2)
        var stuffed: [UInt8] = []
        stuffed.reserveCapacity(held.count + dots.count)
        var start = 0
        for dot in dots {
            stuffed += held[start..<dot]
            stuffed.append(0x2e)
            start = dot
        }
        stuffed += held[start...]
        return stuffed
    }

    /// Where a line begins with a dot.
    private var leadingDots: [Int] {
        bytes.withUnsafeBytes { octets in
            guard let base = octets.baseAddress else { return [] }
            var dots = octets.first == 0x2e ? [0] : []
            var start = 0
            while let found = memchr(base + start, 0x0a, octets.count - start) {
                start = found - UnsafeMutableRawPointer(mutating: base) + 1
                guard start < octets.count else { break }
                if octets[start] == 0x2e { dots.append(start) }
            }
            return dots
        }
    }
}

/// How a client signs in to a mail server; it never prints its values.
package struct MailCredentials: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The name.
    let username: String
    /// The password, or the access token.
    let secret: String
    /// Whether the secret is an access token (XOAUTH2), not a password (PLAIN, LOGIN: RFC 4954).
    let isToken: Bool

    /// A name and a password.
    package init(username: String, password: String) {
        (self.username, secret, isToken) = (username, password, false)
    }

    /// A name and an access token.
    package init(username: String, token: String) {
        (self.username, secret, isToken) = (username, token, true)
    }

    /// A text without its values.
    package var description: String { "<credentials>" }
    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// How the dialogue about one message ended: how far it got, and the server's last reply.
package struct MailOutcome: Hashable, Sendable {
    /// How far the dialogue got.
    package enum Phase: Int, Hashable, Sendable, Comparable {
        /// There was no connection, or no greeting.
        case connecting
        /// The server greeted: EHLO, STARTTLS.
        case greeted
        /// The client began to sign in.
        case signingIn
        /// `MAIL FROM` was sent.
        case sender
        /// `RCPT TO` was sent.
        case recipient
        /// `DATA` was sent.
        case data
        /// The server accepts the message; its last line end and the final dot have not been sent.
        case body
        /// The final dot may have been sent.
        case completed

        /// Orders phases by time.
        package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// How far the dialogue got.
    package let phase: Phase
    /// The server: `smtp://host:port`.
    package let server: String
    /// The last reply: three digits (RFC 5321 §4.2); nil where none was received in this phase.
    package let code: Int?
    /// Class, subject and detail of the last reply, `5.1.1` (RFC 3463); nil where it states none.
    package let enhanced: String?
    /// The last reply's text in one line, or what went wrong.
    package let text: String
    /// Whether the server accepted the message.
    package let isAccepted: Bool
    /// Whether a new connection may succeed at once: this one was reused, and ended before the message.
    package let isStaleConnection: Bool
    /// Whether nothing was sent because the envelope needs SMTPUTF8, which the server does not offer.
    package let lacksUTF8: Bool

    init(
        phase: Phase, server: String, code: Int?, enhanced: String?, text: String, isAccepted: Bool,
        isStaleConnection: Bool, lacksUTF8: Bool = false
    ) {
        (self.phase, self.server, self.code, self.enhanced) = (phase, server, code, enhanced)
        (self.text, self.isAccepted) = (text, isAccepted)
        (self.isStaleConnection, self.lacksUTF8) = (isStaleConnection, lacksUTF8)
    }

    init(_ refusal: MailRefusal, _ options: MailTransferOptions) {
        self.init(
            phase: refusal.phase, server: options.servers[refusal.server], code: refusal.code,
            enhanced: refusal.enhanced, text: refusal.text, isAccepted: false, isStaleConnection: false)
    }

    /// The outcome of a message that was submitted to a closed client.
    static func closed(_ options: MailTransferOptions) -> MailOutcome {
        MailOutcome(
            phase: .connecting, server: options.servers.first ?? "", code: nil, enhanced: nil,
            text: "the client was closed, or no thread is left", isAccepted: false, isStaleConnection: false)
    }

    /// Whether it is unknown if the server accepted the message: the final dot was sent, and no reply was received.
    package var isInDoubt: Bool { phase == .completed && !isAccepted && code == nil }
}
