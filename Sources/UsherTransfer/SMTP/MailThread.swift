internal import Glibc

/// The thread that carries on the dialogues of all connections of one mail client: it waits for whichever server speaks first.
///
/// Not `Sendable`: made for one thread, and used by it.
final class MailThread {
    private let options: MailTransferOptions
    private let loop: MailLoop
    private var dialogues: [MailDialogue] = []
    /// Those without a message; the one used last is the one most likely to be alive.
    private var idle: [MailDialogue] = []
    private var waiting: [MailJob] = []
    private var carrying: [ObjectIdentifier: MailDialogue] = [:]
    private var isEnding = false
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkOctets, alignment: 16)
    /// What wakes the thread: orders, and then each dialogue's socket.
    private var watched: [pollfd]
    private var nextCheck = ContinuousClock.now

    /// Octets that are read at once: more than one TLS record holds (RFC 8446 §5.1), so that none of it stays behind.
    static let chunkOctets = 17 * 1024
    /// How often waits are checked for their end.
    private static let checkEvery = Duration.milliseconds(500)
    init(_ options: MailTransferOptions, _ loop: MailLoop, alarm: Int32) {
        (self.options, self.loop) = (options, loop)
        watched = [pollfd(fd: alarm, events: Int16(POLLIN), revents: 0)]
    }

    deinit { chunk.deallocate() }

    /// Works until it was told to end and all connections have.
    func run() {
        while true {
            for order in loop.takeOrders() { carryOut(order) }
            if isEnding, dialogues.allSatisfy(\.isVacant) { break }
            wait()
        }
        (dialogues, idle) = ([], [])
    }

    // MARK: Orders

    private func carryOut(_ order: MailOrder) {
        switch order {
        case .carry(let job):
            waiting.append(job)
            assign()
        case .decide(let job, let goes): carrying[ObjectIdentifier(job)]?.decide(goes)
        case .giveUp(let job): giveUp(job)
        case .connected(let index, let result): dialogues[index].connected(result)
        case .end:
            isEnding = true
            for job in waiting { job.report(.ended(.closed(options))) }
            waiting = []
            for dialogue in idle { dialogue.leave() }
        }
    }

    private func giveUp(_ job: MailJob) {
        if let dialogue = carrying[ObjectIdentifier(job)] { return dialogue.abandon() }
        guard let index = waiting.firstIndex(where: { $0 === job }) else { return }
        waiting.remove(at: index)
        let refusal = MailRefusal(server: 0, phase: .connecting, text: MailRefusal.givenUp)
        job.report(.ended(MailOutcome(refusal, options)))
    }

    private func assign() {
        guard !isEnding, let job = waiting.first, let dialogue = free() else { return }
        waiting.removeFirst()
        carrying[ObjectIdentifier(job)] = dialogue
        dialogue.carry(job)
    }

    private func free() -> MailDialogue? {
        if let last = idle.popLast() { return last }
        guard dialogues.count < max(1, options.connections) else { return nil }
        let dialogue = MailDialogue(dialogues.count, options, self)
        dialogues.append(dialogue)
        watched.append(pollfd(fd: -1, events: 0, revents: 0))
        return dialogue
    }

    // MARK: What dialogues say

    /// A message's dialogue is over.
    func ended(_ job: MailJob, _ outcome: MailOutcome, _ dialogue: MailDialogue) {
        carrying[ObjectIdentifier(job)] = nil
        idle.append(dialogue)
        job.report(.ended(outcome))
        if isEnding { dialogue.leave() } else { assign() }
    }

    /// A connection has ended for which there is no message.
    func vacated() { assign() }

    /// Makes a connection, on another thread.
    func connect(_ dialogue: MailDialogue, first server: Int, as job: MailJob) {
        let (options, loop, index) = (options, loop, dialogue.index)
        Task {
            let result = await OwnThread.run {
                MailLink.connect(options, first: server, as: job.credentials) { job.isAbandoned }
            }
            loop.give(.connected(index, result))
        }
    }

    /// Reads what has come over a connection, and gives it to `take`.
    func receive(from link: MailLink, _ take: (UnsafeRawBufferPointer) -> Void) -> MailLink.Passage {
        let passage = link.receive(into: chunk)
        if case .moved(let count) = passage { take(UnsafeRawBufferPointer(rebasing: chunk[..<count])) }
        return passage
    }

    /// Has a dialogue told when its socket has something to say, and where `forRoom`, when it takes more.
    func watch(_ dialogue: MailDialogue, _ socket: Int32, forRoom: Bool = false) {
        watched[dialogue.index + 1] = pollfd(fd: socket, events: Int16(forRoom ? POLLIN | POLLOUT : POLLIN), revents: 0)
    }

    /// No longer has it told anything.
    func unwatch(_ dialogue: MailDialogue) { watched[dialogue.index + 1] = pollfd(fd: -1, events: 0, revents: 0) }

    // MARK: Waiting

    private func wait() {
        let patience: Int32 = loop.fallAsleep() ? 1000 : 0
        let count = poll(&watched, nfds_t(watched.count), patience)
        loop.wakeUp(isRung: watched[0].revents != 0)
        // A dialogue may make others begin: they are watched from the next wait on.
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
