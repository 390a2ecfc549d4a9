internal import Dispatch
internal import Synchronization
internal import UsherJob
internal import UsherModel
internal import UsherRender
internal import UsherSources
internal import UsherText

/// Turns messages into facts and records them in the ledger; called message by message by the thread that reads the mailbox.
final class InboxRecorder: Sendable {
    private let ledger: any Ledger
    private let job: String
    private let mailbox: String
    private let now: Instant
    private let profiles: [MailProfile]
    private let trust: MailTrust
    private let state: Mutex<State>

    private struct State {
        var report: InboxReport
        var validity: UInt32 = 0
        /// The last message that was read without anything to record, so that the ledger does not know of it yet.
        var unfiled: UInt32?
        var unfiledCount = 0
        /// The sessions by the UID of their calendar objects; read when the first answer arrives.
        var sessions: [String: SessionKey]?
    }

    init(_ job: ConfiguredJob, _ ledger: any Ledger, now: Instant, mailbox: String, trust: MailTrust) {
        self.trust = trust
        (self.ledger, self.now, self.mailbox, self.job) = (ledger, now, mailbox, job.ledgerName)
        profiles = job.channels.compactMap { channel in
            guard case .mail(let profile) = channel.format else { return nil }
            return profile
        }
        state = Mutex(State(report: InboxReport(job: job.name)))
    }

    /// The first UID to read.
    ///
    /// Where the mailbox has another UIDVALIDITY than last time, its UIDs mean other messages, and all are read again.
    func first(validity: UInt32) -> UInt32 {
        state.withLock { state in
            state.validity = validity
            do throws(LedgerError) {
                let position = try wait { [ledger, job, mailbox] () async throws(LedgerError) in
                    try await ledger.inboxPosition(job: job, mailbox: mailbox)
                }
                guard let position else { return 1 }
                guard position.validity == validity else {
                    state.report.notes.append(
                        "the mailbox was recreated (its UIDVALIDITY changed), so it is read from the beginning")
                    return 1
                }
                return position.lastUID == .max ? .max : position.lastUID + 1
            } catch {
                state.report.problems.append(RunProblem(error.problemCode, error.description))
                return .max
            }
        }
    }

    /// Records what a message says.
    ///
    /// - Returns: `false` where the ledger cannot be written.
    func record(_ message: IncomingMessage, uid: UInt32) -> Bool {
        state.withLock { state in
            do throws(LedgerError) {
                state.report.tally.read += 1
                let (facts, doubts) = try facts(of: message, &state)
                for doubt in doubts { refuse(doubt, uid, &state) }
                guard !facts.isEmpty else {
                    if doubts.isEmpty { state.report.tally.others += 1 }
                    (state.unfiled, state.unfiledCount) = (uid, state.unfiledCount + 1)
                    if state.unfiledCount >= Limits.messagesPerCommit { try commit(&state) }
                    return true
                }
                let position = InboxPosition(validity: state.validity, lastUID: uid)
                let filings = try file(facts, at: position)
                (state.unfiled, state.unfiledCount) = (nil, 0)
                for (fact, filing) in zip(facts, filings) { count(fact, filing, uid, &state) }
                return true
            } catch {
                state.report.problems.append(RunProblem(error.problemCode, error.description))
                return false
            }
        }
    }

    /// Records how far the mailbox was read, and returns the report.
    func finish(_ failure: RunProblem?) async -> InboxReport {
        let (unfiled, validity) = state.withLock { state in (state.unfiled, state.validity) }
        var problems: [RunProblem] = []
        if let unfiled {
            let position = InboxPosition(validity: validity, lastUID: unfiled)
            do throws(LedgerError) {
                _ = try await ledger.file([], at: position, job: job, mailbox: mailbox, now: now)
            } catch {
                problems.append(RunProblem(error.problemCode, error.description))
            }
        }
        if let failure { problems.append(failure) }
        return state.withLock { state in
            state.unfiled = nil
            state.report.problems += problems
            return state.report
        }
    }

    private func commit(_ state: inout State) throws(LedgerError) {
        guard let uid = state.unfiled else { return }
        let position = InboxPosition(validity: state.validity, lastUID: uid)
        _ = try file([], at: position)
        (state.unfiled, state.unfiledCount) = (nil, 0)
    }

    private func file(_ facts: [InboxFact], at position: InboxPosition) throws(LedgerError) -> [InboxFiling] {
        try wait { [ledger, job, mailbox, now] () async throws(LedgerError) in
            try await ledger.file(facts, at: position, job: job, mailbox: mailbox, now: now)
        }
    }

    /// Waits for the ledger on the thread that reads the mailbox, which is not one of the cooperative pool and may block.
    private func wait<Value: Sendable>(
        for call: @escaping @Sendable () async throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        let slot = ResultSlot<Value>()
        let semaphore = DispatchSemaphore(value: 0)
        Task {
            do throws(LedgerError) {
                slot.put(.success(try await call()))
            } catch {
                slot.put(.failure(error))
            }
            semaphore.signal()
        }
        semaphore.wait()
        return try slot.get()
    }

    // MARK: What messages say

    private func facts(
        of message: IncomingMessage, _ state: inout State
    ) throws(LedgerError) -> (facts: [InboxFact], doubts: [String]) {
        switch message.content {
        case .report(let report): return facts(of: report)
        case .replies(let replies): return try facts(of: replies, in: message, &state)
        case .other:
            let request = UnsubscribeRequest(message, profiles)
            if let token = request?.token { return ([.unsubscribeByToken(token)], []) }
            guard request != nil, !message.isAutomatic, let author = message.author else { return ([], []) }
            return ([.unsubscribe(author, origin(of: message))], [])
        }
    }

    private func origin(of message: IncomingMessage) -> InboxFact.Origin { trust.proves(message) ? .proven : .unproven }

    /// The facts in a delivery report.
    ///
    /// A report about mail that this job did not send is ignored; one without the header of the mail could be about anything.
    private func facts(of report: DeliveryReport) -> (facts: [InboxFact], doubts: [String]) {
        let problems = report.outcomes.filter { $0.action == .failed || $0.action == .delayed }
        guard !problems.isEmpty else { return ([], []) }
        guard let id = report.messageID else {
            return ([], ["a delivery report that does not say which mail it is about; it is ignored"])
        }
        guard let mail = mail(of: id) else { return ([], []) }
        let facts = problems.map { outcome in
            let reported: ReportOutcome =
                outcome.action == .delayed ? .delayed : outcome.isAddressGone ? .gone : .failed
            let words = [outcome.status, outcome.diagnostic.text].filter { !$0.isEmpty }.joined(separator: " ")
            return InboxFact.report(
                mail: mail, addresses: outcome.addresses, outcome: reported, evidence: Evidence(words))
        }
        return (facts, [])
    }

    /// The id of a delivery, from a Message-ID that a channel of this job could have written.
    private func mail(of messageID: String) -> String? {
        guard let open = messageID.firstIndex(of: "<"), let close = messageID[open...].firstIndex(of: ">") else {
            return nil
        }
        let parts = messageID[messageID.index(after: open)..<close].split(
            separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, DeliveryID.isShort(parts[0]),
            profiles.contains(where: { $0.from.address.domain == parts[1].lowercased() })
        else { return nil }
        return String(parts[0])
    }

    private func facts(
        of replies: [CalendarReply], in message: IncomingMessage, _ state: inout State
    ) throws(LedgerError) -> (facts: [InboxFact], doubts: [String]) {
        var facts: [InboxFact] = []
        var doubts: [String] = []
        for reply in replies {
            // An answer to an invitation from someone else.
            guard let session = try session(reply.uid, &state) else { continue }
            guard let author = message.author,
                [reply.attendee, reply.sentBy].contains(where: { $0?.text.lowercased() == author.text.lowercased() })
            else {
                doubts.append("an answer for \(reply.attendee) that was sent by someone else")
                continue
            }
            facts.append(
                .reply(
                    session, attendee: reply.attendee, origin(of: message), Self.answer(reply.answer),
                    sequence: reply.sequence,
                    stamp: reply.stamp))
        }
        return (facts, doubts)
    }

    private static func answer(_ answer: CalendarReply.Answer) -> CalendarAnswer {
        switch answer {
        case .accepted: .accepted
        case .declined: .declined
        case .tentative: .tentative
        }
    }

    private func session(_ uid: String, _ state: inout State) throws(LedgerError) -> SessionKey? {
        if state.sessions == nil {
            let keys = try wait { [ledger, job] () async throws(LedgerError) in try await ledger.sessionKeys(job: job) }
            state.sessions = Dictionary(keys.map { (SessionUID.text($0), $0) }) { first, _ in first }
        }
        return state.sessions?[uid]
    }

    // MARK: Counting

    private func count(_ fact: InboxFact, _ filing: InboxFiling, _ uid: UInt32, _ state: inout State) {
        switch filing {
        case .suppressed:
            switch fact {
            case .unsubscribe(let address, _):
                state.report.tally.unsubscribed += 1
                note("suppressed: \(address) unsubscribed by mail", &state)
            case .unsubscribeByToken:
                state.report.tally.unsubscribed += 1
                note("suppressed: the owner of a token unsubscribed by mail", &state)
            case .report(_, let addresses, _, let evidence):
                state.report.tally.bounced += 1
                note("suppressed: \(addresses.first?.text ?? "") bounced: \(evidence)", &state)
            case .reply: return
            }
        case .noted:
            state.report.tally.noted += 1
            if case .report(_, let addresses, let outcome, let evidence) = fact {
                note("\(outcome.rawValue): \(addresses.first?.text ?? ""): \(evidence)", &state)
            }
        case .answered(.accepted): state.report.tally.accepted += 1
        case .answered(.declined): state.report.tally.declined += 1
        case .answered(.tentative): state.report.tally.tentative += 1
        case .known: state.report.tally.known += 1
        case .refused(let reason): refuse(reason, uid, &state)
        }
    }

    private func refuse(_ reason: String, _ uid: UInt32, _ state: inout State) {
        state.report.tally.refused += 1
        guard state.report.problems.count < Limits.problemsShown else { return }
        state.report.problems.append(RunProblem(.badRecord, "message \(uid): \(reason)"))
    }

    private func note(_ text: String, _ state: inout State) {
        if state.report.notes.count < Limits.planRowsShown { state.report.notes.append(text) }
    }
}

/// Carries the result of a call to the thread that waits for it.
private final class ResultSlot<Value: Sendable>: Sendable {
    private let content = Mutex<Result<Value, LedgerError>?>(nil)

    func put(_ result: Result<Value, LedgerError>) { content.withLock { $0 = result } }

    func get() throws(LedgerError) -> Value {
        guard let result = content.withLock({ $0 }) else {
            throw LedgerError(
                .cannotWrite, location: "the ledger", problem: "a call ended without a result", next: "Try again")
        }
        return try result.get()
    }
}
