internal import Glibc

/// One of a client's connections, and the dialogue over it (RFC 5321 §3.3): made anew where it must be, used again where it may be.
///
/// Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go together. Not `Sendable`: used by the loop's thread.
final class MailDialogue {
    private enum State {
        /// No connection.
        case vacant
        /// Another thread makes the connection.
        case connecting
        /// The connection waits for messages.
        case ready
        /// A message is on its way.
        case busy
        /// QUIT was said.
        case leaving
    }

    /// What a reply is awaited for.
    private enum Step { case reset, sender, recipient, data, end, farewell }

    let index: Int
    private let options: MailTransferOptions
    /// Lets go of its dialogues at its end.
    private let thread: MailThread
    private var state = State.vacant
    private var link: MailLink?
    private var reader = MailReplyReader()
    /// The server that answered last; the others are tried after it.
    private var server = 0
    /// Messages over the present connection.
    private var carried = 0
    /// The last message left the server in the middle of a transaction.
    private var needsReset = false
    private var outgoing: [UInt8] = []
    private var position = 0
    private var deadline: ContinuousClock.Instant?

    // The message under way.
    private var job: MailJob?
    private var phase = MailOutcome.Phase.connecting
    private var unsaid: [Step] = []
    private var awaited: [Step] = []
    private var refusal: MailRefusal?
    private var isReused = false
    private var isHeld = false

    /// How long the reply to QUIT may take.
    private static let farewell = Duration.seconds(2)

    /// Takes which of the thread's it is.
    init(_ index: Int, _ options: MailTransferOptions, _ thread: MailThread) {
        (self.index, self.options, self.thread) = (index, options, thread)
    }

    /// Whether there is neither a connection nor one in the making.
    var isVacant: Bool { state == .vacant }

    /// Whether the socket takes no more for now, and something waits to be sent.
    private var isFull = false

    // MARK: What the thread says

    /// Carries a message; the thread gives no second one before it ended.
    func carry(_ job: MailJob) {
        self.job = job
        (phase, refusal, isReused, isHeld) = (.connecting, nil, false, false)
        switch state {
        case .ready where link?.credentials == job.credentials:
            isReused = true
            begin()
        case .ready: leave()
        case .vacant: connect()
        // Once the farewell is over, a new connection is made.
        case .leaving, .connecting, .busy: break
        }
    }

    /// A connection was made, or not.
    func connected(_ result: Result<MailLink, MailRefusal>) {
        guard let job else { return }
        switch result {
        case .failure(let refusal):
            state = .vacant
            end(refusal)
        case .success(let link):
            (self.link, server, carried, needsReset, state) = (link, link.server, 0, false, .ready)
            reader = MailReplyReader()
            thread.watch(self, link.socket)
            if job.isAbandoned { giveUpConnection(MailRefusal.givenUp) } else { begin() }
        }
    }

    /// The task says whether the final dot may leave.
    func decide(_ goes: Bool) {
        guard state == .busy, phase == .body, isHeld else { return }
        isHeld = false
        guard goes else { return giveUpConnection("ended before the final dot") }
        // Where the connection has ended, or the server spoke out of turn, the dot need not leave at all.
        readable()
        guard state == .busy, phase == .body else { return }
        phase = .completed
        say("\r\n.\r\n", awaiting: [.end])
    }

    /// The task waits no longer.
    func abandon() {
        // What is being connected, or waits for the ledger, ends by itself.
        guard state == .busy, !isHeld else { return }
        giveUpConnection(MailRefusal.givenUp)
    }

    /// Says QUIT, where there is a connection that waits for messages.
    func leave() {
        guard state == .ready else { return }
        state = .leaving
        say("QUIT\r\n", awaiting: [.farewell])
        if link != nil { deadline = .now + Self.farewell }
    }

    /// The socket may have something to say.
    func readable() {
        while let link {
            switch thread.receive(from: link, { reader.take($0) }) {
            case .moved(let count):
                heard()
                // What is less than there was room for was all.
                if count < MailThread.chunkOctets { return }
            case .later: return
            case .ended: return broken("the server ended the connection")
            }
        }
    }

    /// The socket may take more.
    func writable() { flush() }

    /// Ends what has waited for too long.
    func check(_ now: ContinuousClock.Instant) {
        guard let deadline, deadline <= now else { return }
        state == .leaving ? closed() : giveUpConnection(options.noReply)
    }

    // MARK: A message

    private func connect() {
        guard let job else { return }
        state = .connecting
        thread.connect(self, first: server, as: job)
    }

    private func begin() {
        guard let job, let link else { return }
        state = .busy
        if job.mail.needsUTF8, !offers("SMTPUTF8") {
            let address = job.mail.recipient.utf8.allSatisfy { $0 < 0x80 } ? job.mail.sender : job.mail.recipient
            let text = "the server takes no addresses beyond ASCII (no SMTPUTF8 after EHLO, RFC 6531): \(address)"
            return end(MailRefusal(server: link.server, phase: .greeted, text: text), lacksUTF8: true)
        }
        phase = .sender
        unsaid = (needsReset ? [.reset] : []) + [.sender, .recipient, .data]
        speak(job.mail)
    }

    private func offers(_ word: String) -> Bool { link?.greeting.extensions.contains(word) == true }

    /// Says the next command, or all that are left where the server takes them together.
    private func speak(_ mail: MailTransfer) {
        let count = offers("PIPELINING") ? unsaid.count : min(1, unsaid.count)
        let steps = unsaid.prefix(count)
        unsaid.removeFirst(count)
        say(steps.reduce(into: "") { $0 += command($1, mail) }, awaiting: Array(steps))
    }

    private func command(_ step: Step, _ mail: MailTransfer) -> String {
        switch step {
        case .reset: "RSET\r\n"
        case .sender: "MAIL FROM:<\(mail.sender)>\(parameters(mail))\r\n"
        case .recipient: "RCPT TO:<\(mail.recipient)>\r\n"
        case .data: "DATA\r\n"
        case .end, .farewell: ""
        }
    }

    /// SIZE (RFC 1870 §6), BODY (RFC 6152 §2) and SMTPUTF8 (RFC 6531 §3.4), where the server offers them.
    private func parameters(_ mail: MailTransfer) -> String {
        (offers("SIZE") ? " SIZE=\(mail.bytes.count)" : "")
            + (mail.isEightBit && offers("8BITMIME") ? " BODY=8BITMIME" : "")
            + (mail.needsUTF8 ? " SMTPUTF8" : "")
    }

    // MARK: What the server says

    private func heard() {
        do throws(MailReplyReader.Violation) {
            while link != nil, let reply = try reader.next() { take(reply) }
        } catch {
            broken(error.problem)
        }
    }

    private func take(_ reply: MailReply) {
        guard state == .busy else { return closed() }
        guard let step = awaited.first else { return interrupted(reply) }
        guard reply.code != 421 else {
            if refusal == nil { refuse(reply) }
            return concludeAndClose()
        }
        awaited.removeFirst()
        take(reply, to: step)
        guard state == .busy, awaited.isEmpty, let job else { return }
        if let refusal {
            needsReset = true
            end(refusal)
        } else if !unsaid.isEmpty {
            speak(job.mail)
        }
    }

    private func take(_ reply: MailReply, to step: Step) {
        switch step {
        case .reset where !reply.isPositive: broken("the server refused RSET: \(reply.text)")
        case .reset, .farewell: break
        case .sender: advance(reply, to: .recipient)
        case .recipient: advance(reply, to: .data)
        case .data where reply.code == 354:
            // A server that took DATA with no one to send to wants an end all the same (RFC 2920 §3.1): to a message that is none.
            if refusal == nil { sendBody() } else { say(".\r\n", awaiting: [.end]) }
        case .data where reply.code < 400: broken("the server's reply to DATA: \(reply.text)")
        case .data: refuse(reply)
        case .end where refusal != nil: break
        case .end where reply.isPositive: accepted(reply)
        // What is neither yes nor no leaves it open.
        case .end where reply.code < 400: broken("the server's reply to the message: \(reply.text)")
        case .end: refuse(reply)
        }
    }

    private func advance(_ reply: MailReply, to next: MailOutcome.Phase) {
        guard !reply.isPositive else {
            if refusal == nil { phase = next }
            return
        }
        reply.code < 400 ? broken("the server's reply to the envelope: \(reply.text)") : refuse(reply)
    }

    /// The first refusal is the one that counts: what was said together with it follows from it.
    private func refuse(_ reply: MailReply) {
        unsaid = []
        if refusal == nil { refusal = MailRefusal(server: server, phase: phase, reply) }
    }

    /// The server spoke before the final dot: it will not have the message.
    private func interrupted(_ reply: MailReply) {
        guard reply.code >= 400 else { return broken("the server spoke out of turn: \(reply.text)") }
        refuse(reply)
        concludeAndClose()
    }

    private func sendBody() {
        guard let job else { return }
        phase = .body
        // All but the last line end; that goes together with the final dot, once the ledger has the mark.
        (outgoing, position, deadline) = (job.mail.stuffed, 0, .now + options.replyTimeout)
        flush()
    }

    // MARK: Octets

    private func say(_ text: String, awaiting steps: [Step]) {
        awaited += steps
        (outgoing, position, deadline) = (Array(text.utf8), 0, .now + options.replyTimeout)
        flush()
    }

    private func flush() {
        while let link, position < outgoing.count {
            switch outgoing.withUnsafeBytes({ link.send(UnsafeRawBufferPointer(rebasing: $0[position...])) }) {
            case .moved(let count): position += count
            case .later:
                thread.watch(self, link.socket, forRoom: true)
                isFull = true
                return
            case .ended:
                // It may have said why.
                readable()
                return broken("the server ended the connection")
            }
        }
        guard let link else { return }
        if isFull {
            thread.watch(self, link.socket)
            isFull = false
        }
        guard state == .busy, phase == .body, !isHeld, awaited.isEmpty, position == outgoing.count else { return }
        (isHeld, deadline, outgoing, position) = (true, nil, [], 0)
        job?.report(.held)
    }

    // MARK: The end

    private func accepted(_ reply: MailReply) {
        guard let link else { return }
        needsReset = false
        end(
            MailOutcome(
                phase: .completed, server: options.servers[link.server], code: reply.code, enhanced: reply.enhanced,
                text: reply.text, isAccepted: true, isStaleConnection: false))
    }

    /// The connection is of no use any more, and nothing was said about it.
    private func broken(_ text: String) {
        guard link != nil else { return }
        guard state == .busy else { return closed() }
        if refusal == nil { refusal = MailRefusal(server: server, phase: phase, text: text) }
        concludeAndClose()
    }

    private func giveUpConnection(_ text: String) {
        refusal = refusal ?? MailRefusal(server: server, phase: phase, text: text)
        concludeAndClose()
    }

    private func concludeAndClose() {
        disconnect()
        if let refusal { end(refusal) }
    }

    private func end(_ refusal: MailRefusal, lacksUTF8: Bool = false) {
        // On a reused connection nothing shows before MAIL: what ends it there has only to do with its age.
        let isStale = isReused && !lacksUTF8 && refusal.phase < .body && (refusal.code == nil || refusal.code == 421)
        end(
            MailOutcome(
                phase: refusal.phase, server: options.servers[refusal.server], code: refusal.code,
                enhanced: refusal.enhanced, text: refusal.text, isAccepted: false, isStaleConnection: isStale,
                lacksUTF8: lacksUTF8))
    }

    private func end(_ outcome: MailOutcome) {
        let job = job
        (self.job, deadline, awaited, unsaid, isHeld) = (nil, nil, [], [], false)
        if link != nil {
            state = .ready
            carried += 1
            if carried >= max(1, options.messagesPerConnection) { leave() }
        }
        if let job { thread.ended(job, outcome, self) }
    }

    /// The farewell is over, or the server went first.
    private func closed() {
        disconnect()
        if job != nil { connect() } else { thread.vacated() }
    }

    private func disconnect() {
        if let link {
            thread.unwatch(self)
            link.close()
        }
        link = nil
        (state, isFull, outgoing, position, awaited, unsaid, deadline) = (.vacant, false, [], 0, [], [], nil)
    }
}
