import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

/// `--state`, `--channel`, `--session`, `--to` and `--since`: what deliveries have in common.
struct DeliveryFilterOptions: ParsableArguments {
    @Option(
        help: "Only deliveries in this state: \(DeliveryState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: State?
    @Option(help: "Only deliveries over this channel.") var channel: String?
    @Option(help: "Only deliveries for sessions with this id.") var session: String?
    @Option(help: ArgumentHelp("Only deliveries to this address.", valueName: "address")) var to: MailAddress?
    @Option(
        help: ArgumentHelp(
            "Only deliveries that finished, or where they have not, fell due, since this time, or in a time such as 1h.",
            valueName: "time"))
    var since: Since?

    var isEmpty: Bool { state == nil && channel == nil && session == nil && to == nil && since == nil }

    func filter(now: Instant, limit: Int) -> LedgerFilter {
        var filter = LedgerFilter()
        (filter.state, filter.session, filter.address, filter.limit) = (state?.state, session, to?.address, limit)
        filter.channel = channel.map { ChannelName(rawValue: $0) }
        filter.since = since?.instant(before: now)
        return filter
    }
}

/// Deliveries that a person wants to change: named by their keys, or by what they have in common.
struct DeliverySelection: ParsableArguments {
    @Argument(help: "Keys of deliveries, or their beginnings, as usher ledger list shows them.") var key: [String] = []
    @OptionGroup var filter: DeliveryFilterOptions
    @Flag(help: "All of them.") var all = false
    @Flag(help: "Confirm; without it, what was not named by its key is only shown, and asked for at a terminal.")
    var yes = false

    /// Checks what was named, for a command that changes deliveries in one state.
    ///
    /// - Throws: `ValidationError`.
    func validate(for state: DeliveryState) throws {
        let isFiltered = all || !filter.isEmpty
        guard key.isEmpty == isFiltered else {
            throw ValidationError(
                "Name keys, or say which with --all, --state, --channel, --session, --to or --since.")
        }
        guard filter.state.map({ $0.state == state }) ?? true else {
            throw ValidationError("This changes only deliveries whose state is \(state.rawValue).")
        }
        for key in key { try KeyPrefix.validate(key) }
    }

    /// The deliveries; what was not named by its key is shown first, and has to be confirmed.
    ///
    /// - Parameters:
    ///   - state: The state that they must have.
    ///   - sendsAgain: Whether they are to be sent: what has expired is left out, unless it was named by its key.
    ///   - ledger: The ledger.
    ///   - now: The time of the command.
    ///   - terminal: Where they are shown.
    ///   - question: What a person is asked, without the number.
    /// - Returns: The deliveries, or an exit code where nothing may be changed.
    /// - Throws: ``LedgerError``.
    func choose(
        in state: DeliveryState, sendsAgain: Bool, from ledger: any Ledger, now: Instant, _ terminal: Terminal,
        question: String
    ) async throws(LedgerError) -> Choice {
        guard key.isEmpty else { return try await named(in: state, ledger, terminal) }
        var filter = filter.filter(now: now, limit: .max)
        filter.state = state
        var rows = try await ledger.list(filter)
        if sendsAgain {
            let all = rows.count
            rows.removeAll { $0.expiresAt <= now }
            if rows.count < all { terminal.say("\(all - rows.count) have expired, and stay as they are") }
        }
        guard !rows.isEmpty else {
            terminal.say("no such deliveries")
            return .nothing(.allDone)
        }
        DeliveryTable.show(rows, limit: 20, terminal)
        let count = "\(rows.count) \(rows.count == 1 ? "delivery" : "deliveries")"
        if yes || terminal.isConfirmed("\(question) \(count)?") { return .rows(rows) }
        terminal.warn("Nothing was changed. To go on with \(count), run this again with --yes")
        return .nothing(.guardTripped)
    }

    /// What a person chose.
    enum Choice {
        case rows([LedgerRow])
        case nothing(Exit)
    }

    private func named(
        in state: DeliveryState, _ ledger: any Ledger, _ terminal: Terminal
    ) async throws(LedgerError) -> Choice {
        var rows: [LedgerRow] = []
        for prefix in key {
            let found = try await ledger.show(prefix: prefix).map(\.row)
            guard let row = found.first else {
                terminal.warn(
                    "no delivery has a key that begins with \(prefix). "
                        + "See: usher ledger list --state \(state.rawValue) --ledger \(ledger.location)")
                return .nothing(.permanentFailures)
            }
            guard found.count == 1 else {
                terminal.warn("several deliveries have keys that begin with \(prefix); name more digits of one:")
                let digits = KeyPrefix.digits(found.map(\.key))
                for row in found {
                    terminal.warn(
                        "  \(row.key.hex.prefix(digits))  \(row.state.rawValue)  \(row.recipient)  \(row.rule)")
                }
                return .nothing(.usage)
            }
            if !rows.contains(where: { $0.key == row.key }) { rows.append(row) }
        }
        return .rows(rows)
    }
}

/// The beginning of a key on the command line.
enum KeyPrefix {
    /// Checks the beginning of a key.
    ///
    /// - Throws: `ValidationError`.
    static func validate(_ key: String) throws {
        guard (1...64).contains(key.count), key.allSatisfy({ "0123456789abcdef".contains($0) }) else {
            throw ValidationError(
                "\(key) is no key: that is 64 digits 0-9 a-f, of which the first ones that no other has are enough.")
        }
    }

    /// How many digits tell these keys apart; at least as many as a list shows.
    static func digits(_ keys: [DedupeKey]) -> Int {
        (DeliveryTable.keyDigits...64).first { count in Set(keys.map { $0.hex.prefix(count) }).count == keys.count }
            ?? 64
    }
}

/// Deliveries as a table.
enum DeliveryTable {
    static let keyDigits = 12

    /// Shows deliveries; of more than the limit, the first ones and the number of the others.
    static func show(_ rows: [LedgerRow], limit: Int = .max, _ terminal: Terminal) {
        let cells = rows.prefix(limit).map { row in
            [
                String(row.key.hex.prefix(keyDigits)),
                row.state.rawValue + (row.reason.map { ": \($0.rawValue)" } ?? ""),
                row.recipient, row.subject.text, row.rule.rawValue, "\(row.finishedAt ?? row.dueAt)",
            ]
        }
        for line in Table.lines(["KEY", "STATE", "TO", "SESSION", "RULE", "WHEN"], cells) { terminal.say(line) }
        if rows.count > limit { terminal.say("and \(rows.count - limit) more") }
        for row in rows { terminal.emit(row.object) }
    }
}

/// A time as a command line argument, or how long ago it was.
enum Since: ExpressibleByArgument {
    case at(Instant)
    case ago(Duration)

    init?(argument: String) {
        if let age = DurationText.parse(argument) {
            self = .ago(age)
        } else if let instant = Timestamp(argument)?.instant {
            self = .at(instant)
        } else {
            return nil
        }
    }

    func instant(before now: Instant) -> Instant {
        switch self {
        case .at(let instant): instant
        case .ago(let age): now - age
        }
    }
}
