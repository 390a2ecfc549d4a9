internal import UsherModel
internal import UsherTransfer

/// Translates a mail server's last reply into the outcome for the delivery and the channel.
///
/// Sources: RFC 5321 §4.2 (classes of replies) and §4.3.2 (which reply to which command), RFC 3463 and RFC 5248 (enhanced codes), RFC 4954
/// §6 (authentication). The first digit decides the fate of the message; the phase of the dialogue and the enhanced code decide the
/// scope of a refusal.
struct SMTPOutcome {
    private let outcome: MailOutcome
    private let hint: String

    private let needsUTF8: Bool

    /// Creates the translation.
    ///
    /// - Parameters:
    ///   - outcome: The last reply, and where in the dialogue it came.
    ///   - needsUTF8: Whether the recipient's address needs SMTPUTF8.
    ///   - hint: What to append where the server refused the credentials.
    init(_ outcome: MailOutcome, needsUTF8: Bool, hint: String) {
        (self.outcome, self.needsUTF8, self.hint) = (outcome, needsUTF8, hint)
    }

    var attempt: Attempt {
        if outcome.isAccepted { return .sent(Evidence("\(outcome.server): \(outcome.text)")) }
        if outcome.isInDoubt {
            return .inDoubt(Evidence("\(outcome.server): the final dot was sent, and no reply came: \(outcome.text)"))
        }
        // A sender's address that needs SMTPUTF8 affects all messages, a recipient's only its own.
        if outcome.lacksUTF8 {
            return needsUTF8 ? .failed(refusal(.delivery)) : .retry(refusal(.channel), after: nil)
        }
        guard let code = outcome.code else { return .retry(refusal(silenceScope), after: nil) }
        return code < 500 ? .retry(refusal(transientScope(code)), after: nil) : permanent(code)
    }

    /// What a person can do about a server that accepts no message.
    var error: ExaminationError {
        let text = outcome.text
        return switch attempt {
        case .retry(let refusal, after: _) where refusal.scope == .credentials:
            ExaminationError(
                .refusedCredentials, location: outcome.server, problem: text + hint,
                next: "Check username, and password or token")
        default:
            ExaminationError(
                .unreachable, location: outcome.server, problem: text,
                next: "Check url and tls, and whether this machine may connect there")
        }
    }

    /// 5yz: a refusal of the recipient or the message fails the delivery; one of the sender, the sign-in or the server must not.
    private func permanent(_ code: Int) -> Attempt {
        switch outcome.phase {
        case .connecting, .greeted: return .retry(refusal(known == .credentials ? .credentials : .channel), after: nil)
        case .signingIn: return .retry(refusal(.credentials), after: nil)
        // 552 and x.3.4 are about the message's size; any other reply to MAIL is about the sender, and so about all messages.
        case .sender where code == 552 || detail == "3.4": return .failed(refusal(.delivery))
        case .sender: return .retry(refusal(isAboutSignIn(code) ? .credentials : .sender), after: nil)
        case .recipient, .data, .body, .completed:
            let scope = isAboutSignIn(code) ? .credentials : known ?? .delivery
            return scope.stopsChannel ? .retry(refusal(scope), after: nil) : .failed(refusal(scope))
        }
    }

    /// 4yz: 421 and 454, server failures (x.3, x.4) and limits by policy or rate (x.7) slow down the whole channel, and so do known limits.
    private func transientScope(_ code: Int) -> RefusalScope {
        if code == 421 || code == 454 || outcome.phase < .recipient || known == .sender { return .channel }
        guard let subject = detail?.first else { return code == 432 ? .channel : .delivery }
        return subject == "3" || subject == "4"
            ? .channel : subject == "7" && outcome.phase != .recipient ? .channel : .delivery
    }

    /// The connection failed: the scope depends on the phase.
    private var silenceScope: RefusalScope { outcome.phase == .signingIn ? .credentials : .channel }

    /// 530, 534, 535 and 538 refuse the credentials, not the message (RFC 4954 §6).
    private func isAboutSignIn(_ code: Int) -> Bool { [530, 534, 535, 538].contains(code) || known == .credentials }

    /// What the server's words or its enhanced code are known to be about.
    private var known: RefusalScope? { KnownRefusal.scope(outcome.text, detail: detail) }

    /// Subject and detail of the enhanced code: `1.1` of `5.1.1`.
    private var detail: String? { outcome.enhanced.map { String($0.drop { $0 != "." }.dropFirst()) } }

    private func refusal(_ scope: RefusalScope) -> Refusal {
        Refusal(scope, "\(outcome.server): \(outcome.text)\(scope == .credentials ? hint : "")")
    }
}
