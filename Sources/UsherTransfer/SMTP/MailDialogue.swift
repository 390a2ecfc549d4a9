internal import Glibc

/// One of a client's connections and the dialogue over it (RFC 5321 §3.3): reused where possible, opened again where
/// necessary.
///
/// Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA are sent together. Not `Sendable`: used by the
/// client's thread.
final class MailDialogue {
    private enum State {
        /// No connection.
        case vacant
        /// Another thread is opening the connection.
        case connecting
        /// The connection waits for messages.
        case ready
        /// A message is being sent.
        case busy
        /// QUIT was sent.
        case quitting
    }

    /// A command whose reply is awaited.
    private enum Step { case reset, sender, recipient, data, end, quit }

    let index: Int
    private let options: MailTransferOptions
    /// Releases its dialogues when it ends.
    private let thread: MailThread
    private var state = State.vacant
    private var link: MailLink?
    private var reader = MailReplyReader()
    /// The index of the server that replied last; the others are tried after it.
    private var server = 0
    /// Messages sent over the present connection.
    private var messages = 0
    /// The last message left the server in the middle of a transaction.
    private var needsReset = false
    private var outgoing: [UInt8] = []
    private var position = 0
    private var deadline: ContinuousClock.Instant?

    // The message being sent.
    private var job: MailJob?
    private var phase = MailOutcome.Phase.connecting
    private var unsent: [Step] = []
    private var awaited: [Step] = []
    private var refusal: MailRefusal?
    private var isReused = false
    private var isHeld = false
    private var log: DialogueLog?

    /// How long the reply to QUIT may take.
    private static let quitTimeout = Duration.seconds(2)

    init(_ index: Int, _ options: MailTransferOptions, _ thread: MailThread) {
        (self.index, self.options, self.thread) = (index, options, thread)
    }

    /// Whether there is no connection, and none is being opened.
    var isVacant: Bool { state == .vacant }

    /// Whether the socket accepts no more for now, and something waits to be sent.
    private var isFull = false

    // MARK: Called by the thread

    /// Sends a message; the thread passes no second one before it has ended.
    func send(_ job: MailJob) {
        self.job = job
        useLog(of: job)
        (phase, refusal, isReused, isHeld) = (.connecting, nil, false, false)
        switch state {
        case .ready where link?.credentials == job.credentials:
            isReused = true
            log?.note("reusing the connection")
            begin()
        case .ready: quit()
        case .vacant: connect()
        // Once QUIT is done, a new connection is opened.
        case .quitting, .connecting, .busy: break
        }
    }

    /// A thread has opened a connection, or failed to.
    func connected(_ result: Result<MailLink, MailRefusal>) {
        guard let job else { return }
        switch result {
        case .failure(let refusal):
            state = .vacant
            end(refusal)
        case .success(let link):
            (self.link, server, messages, needsReset, state) = (link, link.server, 0, false, .ready)
            reader = MailReplyReader()
            thread.watch(self, link.connection.socket)
            useLog(of: job)
            log?.note("ready for messages")
            if job.isAbandoned { abandonConnection(MailRefusal.abandoned) } else { begin() }
        }
    }

    /// The task has decided whether the final dot may be sent.
    func decide(_ mayComplete: Bool) {
        guard state == .busy, phase == .body, isHeld else { return }
        isHeld = false
        guard mayComplete else { return abandonConnection("ended before the final dot") }
        // If the connection has ended, or the server sent something out of turn, the dot need not be sent at all.
        readable()
        guard state == .busy, phase == .body else { return }
        phase = .completed
        say("\r\n.\r\n", awaiting: [.end])
    }

    /// The task no longer waits.
    func abandon() {
        // A connection that is being opened, or a message that waits for the ledger, ends by itself.
        guard state == .busy, !isHeld else { return }
        abandonConnection(MailRefusal.abandoned)
    }

    /// Sends QUIT, if there is a connection that waits for messages.
    func quit() {
        guard state == .ready else { return }
        state = .quitting
        say("QUIT\r\n", awaiting: [.quit])
        if link != nil { deadline = .now + Self.quitTimeout }
    }

    /// The socket may have something to read.
    func readable() {
        while let link {
            switch thread.receive(from: link, { reader.append($0) }) {
            case .moved(let count):
                readReplies()
                // Less than there was room for: nothing is left.
                if count < MailThread.chunkOctets { return }
            case .later: return
            case .ended: return broken("the server ended the connection")
            }
        }
    }

    /// The socket may accept more.
    func writable() { flush() }

    /// Ends a wait that has lasted too long.
    func check(_ now: ContinuousClock.Instant) {
        guard let deadline, deadline <= now else { return }
        state == .quitting ? closed() : abandonConnection(options.noReply)
    }

    // MARK: A message

    private func useLog(of job: MailJob) {
        log = job.log?.connection(index + 1, to: options.servers[server])
    }

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
        unsent = (needsReset ? [.reset] : []) + [.sender, .recipient, .data]
        sendCommands(job.mail)
    }

    private func offers(_ word: String) -> Bool { link?.greeting.extensions.contains(word) == true }

    /// Sends the next command, or all that are left where the server accepts them together.
    private func sendCommands(_ mail: MailTransfer) {
        let count = offers("PIPELINING") ? unsent.count : min(1, unsent.count)
        let steps = unsent.prefix(count)
        unsent.removeFirst(count)
        say(steps.reduce(into: "") { $0 += command($1, mail) }, awaiting: Array(steps))
    }

    private func command(_ step: Step, _ mail: MailTransfer) -> String {
        switch step {
        case .reset: "RSET\r\n"
        case .sender: "MAIL FROM:<\(mail.sender)>\(parameters(mail))\r\n"
        case .recipient: "RCPT TO:<\(mail.recipient)>\r\n"
        case .data: "DATA\r\n"
        case .end, .quit: ""
        }
    }

    /// SIZE (RFC 1870 §6), BODY (RFC 6152 §2) and SMTPUTF8 (RFC 6531 §3.4), where the server offers them.
    private func parameters(_ mail: MailTransfer) -> String {
        (offers("SIZE") ? " SIZE=\(mail.bytes.count)" : "")
            + (mail.isEightBit && offers("8BITMIME") ? " BODY=8BITMIME" : "")
            + (mail.needsUTF8 ? " SMTPUTF8" : "")
    }

    // MARK: Replies

    private func readReplies() {
        do throws(MailReplyReader.Violation) {
            while link != nil, let reply = try reader.next() { received(reply) }
        } catch {
            broken(error.problem)
        }
    }

    private func received(_ reply: MailReply) {
        log?.received(reply.text)
        guard state == .busy else { return closed() }
        guard let step = awaited.first else { return interrupted(reply) }
        guard reply.code != 421 else {
            if refusal == nil { refuse(reply) }
            return concludeAndClose()
        }
        awaited.removeFirst()
        received(reply, to: step)
        guard state == .busy, awaited.isEmpty, let job else { return }
        if let refusal {
            needsReset = true
            end(refusal)
        } else if !unsent.isEmpty {
            sendCommands(job.mail)
        }
    }

    private func received(_ reply: MailReply, to step: Step) {
        switch step {
        case .reset where !reply.isPositive: broken("the server refused RSET: \(reply.text)")
        case .reset, .quit: break
        case .sender: advance(reply, to: .recipient)
        case .recipient: advance(reply, to: .data)
        case .data where reply.code == 354:
            // A server that accepted DATA without a recipient still expects an end of the message (RFC 2920 §3.1): an
            // empty one.
            if refusal == nil { sendBody() } else { say(".\r\n", awaiting: [.end]) }
        case .data where reply.code < 400: broken("the server's reply to DATA: \(reply.text)")
        case .data: refuse(reply)
        case .end where refusal != nil: break
        case .end where reply.isPositive: accepted(reply)
        // A reply that neither accepts nor refuses leaves the outcome open.
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

    /// The first refusal counts: those of commands sent together with it follow from it.
    private func refuse(_ reply: MailReply) {
        unsent = []
        if refusal == nil { refusal = MailRefusal(server: server, phase: phase, reply) }
    }

    /// The server replied before the final dot: it refuses the message.
    private func interrupted(_ reply: MailReply) {
        guard reply.code >= 400 else { return broken("the server replied out of turn: \(reply.text)") }
        refuse(reply)
        concludeAndClose()
    }

    private func sendBody() {
        guard let job else { return }
        phase = .body
        // Everything but the last line end; that is sent together with the final dot, once the ledger has recorded it.
        (outgoing, position, deadline) = (job.mail.stuffed, 0, .now + options.replyTimeout)
        log?.sent("(\(job.mail.bytes.count) octets of message)")
        flush()
    }

    // MARK: Octets

    private func say(_ text: String, awaiting steps: [Step]) {
        if let log { for line in text.split(separator: "\r\n") { log.sent(String(line)) } }
        awaited += steps
        (outgoing, position, deadline) = (Array(text.utf8), 0, .now + options.replyTimeout)
        flush()
    }

    private func flush() {
        while let link, position < outgoing.count {
            switch outgoing.withUnsafeBytes({ link.connection.send(UnsafeRawBufferPointer(rebasing: $0[position...])) })
            {
            case .moved(let count): position += count
            case .later:
                thread.watch(self, link.connection.socket, forRoom: true)
                isFull = true
                return
            case .ended:
                // The server may have said why.
                readable()
                return broken("the server ended the connection")
            }
        }
        guard let link else { return }
        if isFull {
            thread.watch(self, link.connection.socket)
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

    /// The connection cannot be used any more, for a reason other than a refusal.
    private func broken(_ text: String) {
        guard link != nil else { return }
        guard state == .busy else { return closed() }
        if refusal == nil { refusal = MailRefusal(server: server, phase: phase, text: text) }
        concludeAndClose()
    }

    private func abandonConnection(_ text: String) {
        refusal = refusal ?? MailRefusal(server: server, phase: phase, text: text)
        concludeAndClose()
    }

    private func concludeAndClose() {
        disconnect()
        if let refusal { end(refusal) }
    }

    private func end(_ refusal: MailRefusal, lacksUTF8: Bool = false) {
        // A reused connection shows that it is dead no earlier than at MAIL: such an end has only to do with its age.
        let isStale = isReused && !lacksUTF8 && refusal.phase < .body && (refusal.code == nil || refusal.code == 421)
        end(
            MailOutcome(
                phase: refusal.phase, server: options.servers[refusal.server], code: refusal.code,
                enhanced: refusal.enhanced, text: refusal.text, isAccepted: false, isStaleConnection: isStale,
                lacksUTF8: lacksUTF8))
    }

    private func end(_ outcome: MailOutcome) {
        let job = job
        (self.job, deadline, awaited, unsent, isHeld) = (nil, nil, [], [], false)
        if link != nil {
            state = .ready
            messages += 1
            if messages >= max(1, options.messagesPerConnection) { quit() }
        }
        if let job {
            log?.summarize("message of \(job.mail.bytes.count) octets: \(outcome.text)")
            thread.ended(job, outcome, self)
        }
    }

    /// The server has replied to QUIT, or closed the connection before.
    private func closed() {
        disconnect()
        if job != nil { connect() } else { thread.vacated() }
    }

    private func disconnect() {
        if let link {
            thread.unwatch(self)
            link.connection.close()
            log?.note("closed the connection")
        }
        link = nil
        (state, isFull, outgoing, position, awaited, unsent, deadline) = (.vacant, false, [], 0, [], [], nil)
    }
}
