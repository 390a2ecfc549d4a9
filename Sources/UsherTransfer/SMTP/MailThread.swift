internal import Glibc

/// The thread that conducts the dialogues of all connections of one mail client: it waits for whichever server replies
/// first.
///
/// Not `Sendable`: created for one thread, and used by it.
final class MailThread {
    private let options: MailTransferOptions
    private let loop: MailLoop
    private var dialogues: [MailDialogue] = []
    /// Those without a message; the last one used is the most likely to be still connected.
    private var idle: [MailDialogue] = []
    private var waiting: [MailJob] = []
    private var sending: [ObjectIdentifier: MailDialogue] = [:]
    private var isEnding = false
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkOctets, alignment: 16)
    /// What wakes the thread: the pipe, then each dialogue's socket.
    private var watched: [pollfd]
    private var nextCheck = ContinuousClock.now

    /// Octets received at once: more than one TLS record holds (RFC 8446 §5.1), so that none of it stays in libcurl.
    static let chunkOctets = 17 * 1024
    /// How often timeouts are checked.
    private static let checkEvery = Duration.milliseconds(500)
    init(_ options: MailTransferOptions, _ loop: MailLoop, wakePipe: Int32) {
        (self.options, self.loop) = (options, loop)
        watched = [pollfd(fd: wakePipe, events: Int16(POLLIN), revents: 0)]
    }

    deinit { chunk.deallocate() }

    /// Works until it was told to end and all connections are closed.
    func run() {
        while true {
            for order in loop.nextOrders() { carryOut(order) }
            if isEnding, dialogues.allSatisfy(\.isVacant) { break }
            wait()
        }
        (dialogues, idle) = ([], [])
    }

    // MARK: Orders

    private func carryOut(_ order: MailOrder) {
        switch order {
        case .send(let job):
            waiting.append(job)
            assign()
        case .decide(let job, let goes): sending[ObjectIdentifier(job)]?.decide(goes)
        case .abandon(let job): abandon(job)
        case .connected(let index, let result): dialogues[index].connected(result)
        case .end:
            isEnding = true
            for job in waiting { job.report(.ended(.closed(options))) }
            waiting = []
            for dialogue in idle { dialogue.quit() }
        }
    }

    private func abandon(_ job: MailJob) {
        if let dialogue = sending[ObjectIdentifier(job)] { return dialogue.abandon() }
        guard let index = waiting.firstIndex(where: { $0 === job }) else { return }
        waiting.remove(at: index)
        let refusal = MailRefusal(server: 0, phase: .connecting, text: MailRefusal.abandoned)
        job.report(.ended(MailOutcome(refusal, options)))
    }

    private func assign() {
        guard !isEnding, let job = waiting.first, let dialogue = free() else { return }
        waiting.removeFirst()
        sending[ObjectIdentifier(job)] = dialogue
        dialogue.send(job)
    }

    private func free() -> MailDialogue? {
        if let last = idle.popLast() { return last }
        guard dialogues.count < max(1, options.connections) else { return nil }
        let dialogue = MailDialogue(dialogues.count, options, self)
        dialogues.append(dialogue)
        watched.append(pollfd(fd: -1, events: 0, revents: 0))
        return dialogue
    }

    // MARK: Called by dialogues

    /// The dialogue about a message is over.
    func ended(_ job: MailJob, _ outcome: MailOutcome, _ dialogue: MailDialogue) {
        sending[ObjectIdentifier(job)] = nil
        idle.append(dialogue)
        job.report(.ended(outcome))
        if isEnding { dialogue.quit() } else { assign() }
    }

    /// A connection without a message was closed.
    func vacated() { assign() }

    /// Opens a connection, on another thread.
    func connect(_ dialogue: MailDialogue, first server: Int, as job: MailJob) {
        let (options, loop, index) = (options, loop, dialogue.index)
        Task {
            let result = await OwnThread.run {
                MailLink.connect(options, first: server, as: job.credentials, number: index + 1, log: job.log) {
                    job.isAbandoned
                }
            }
            loop.submit(.connected(index, result))
        }
    }

    /// Receives what has arrived over a connection, and passes it to `use`.
    func receive(from link: MailLink, _ use: (UnsafeRawBufferPointer) -> Void) -> MailConnection.Progress {
        let progress = link.connection.receive(into: chunk)
        if case .moved(let count) = progress { use(UnsafeRawBufferPointer(rebasing: chunk[..<count])) }
        return progress
    }

    /// Notifies a dialogue when its socket can be read and, where `forRoom`, when it can be written.
    func watch(_ dialogue: MailDialogue, _ socket: Int32, forRoom: Bool = false) {
        watched[dialogue.index + 1] = pollfd(fd: socket, events: Int16(forRoom ? POLLIN | POLLOUT : POLLIN), revents: 0)
    }

    /// Stops notifying a dialogue.
    func unwatch(_ dialogue: MailDialogue) { watched[dialogue.index + 1] = pollfd(fd: -1, events: 0, revents: 0) }

    // MARK: Waiting

    private func wait() {
        let patience: Int32 = loop.fallAsleep() ? 1000 : 0
        let count = poll(&watched, nfds_t(watched.count), patience)
        loop.wakeUp(readsPipe: watched[0].revents != 0)
        // A dialogue may start others: they are watched from the next wait on.
        if count > 0 { for index in dialogues.indices { notify(dialogues[index], watched[index + 1].revents) } }
        let now = ContinuousClock.now
        guard now >= nextCheck else { return }
        nextCheck = now + Self.checkEvery
        for dialogue in dialogues { dialogue.check(now) }
    }

    private func notify(_ dialogue: MailDialogue, _ events: Int16) {
        if events & Int16(POLLOUT) != 0 { dialogue.writable() }
        if events & ~Int16(POLLOUT) != 0 { dialogue.readable() }
    }
}
