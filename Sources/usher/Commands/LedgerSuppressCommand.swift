import ArgumentParser
import Foundation
import UsherEngine
import UsherModel
import UsherText

extension LedgerCommand {
    /// `ledger suppress`.
    struct Suppress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop sending to an address, or to all addresses in a file; or resume with --lift.",
            discussion: """
                A website that takes the POST of a one-click link passes on the token in it: --token TOKEN.

                The file has one address per line, or is CSV with a header: the column email, e-mail, mail or address is read, \
                or else the first. Lines without a valid address are reported with their numbers; the others are imported. \
                Importing a file again changes nothing.
                """)

        @Argument(help: "The address.") var address: MailAddress?
        @Option(
            name: .customLong("import"),
            help: ArgumentHelp("A file of addresses; - for standard input.", valueName: "file"))
        var list: String?
        @Option(help: ArgumentHelp("The token of a link to unsubscribe.", valueName: "token")) var token: String?
        @Option(help: "The reason, for other people to read.") var reason: String?
        @Flag(help: "Lift the suppression of the address.") var lift = false
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard [address != nil, list != nil, token != nil].count(where: { $0 }) == 1 else {
                throw ValidationError("Name an address, a file with --import FILE, or a token with --token TOKEN.")
            }
            guard !lift || address != nil else {
                throw ValidationError("--lift applies to an address; it cannot be used with --import or --token.")
            }
        }

        mutating func run() async throws {
            let terminal = Terminal(output)
            let byDefault = list != nil ? "imported" : token != nil ? "unsubscribed by a link" : "by hand"
            let (reason, lift, now) = (reason ?? byDefault, lift, time.instant)
            if let list { return try await importList(list, reason: reason, terminal) }
            if let token { return try await suppress(token, reason: reason, terminal) }
            guard let address = address?.address else { return }
            try await LedgerOptions.creating(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                guard lift else {
                    try await ledger.suppress(address, reason: reason, now: now)
                    return terminal.say("\(address): suppressed")
                }
                let wasSuppressed = try await ledger.unsuppress(address)
                terminal.say("\(address): \(wasSuppressed ? "no longer suppressed" : "was not suppressed")")
            }
        }

        private func suppress(_ text: String, reason: String, _ terminal: Terminal) async throws {
            guard let token = UnsubscribeToken(text) else {
                throw ValidationError("A token is 36 digits 0-9 a-f, as in the link to unsubscribe.")
            }
            let now = time.instant
            try await LedgerOptions.writing(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                let isNew = try await ledger.suppress(token, reason: reason, now: now)
                terminal.say("the owner of the token: \(isNew ? "suppressed" : "was suppressed already")")
            }
        }

        private func importList(_ path: String, reason: String, _ terminal: Terminal) async throws {
            guard let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
                terminal.warn("\(path): the file cannot be read. Check the path and its permissions")
                throw Exit.badJob.error
            }
            var importer = SuppressionImport(name: path == "-" ? "standard input" : path)
            let now = time.instant
            var problem: (any Error)?
            try await LedgerOptions.creating(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                var isDone = false
                while !isDone {
                    let chunk: Data?
                    do {
                        chunk = try handle.read(upToCount: 64 * 1024)
                    } catch {
                        problem = error
                        return
                    }
                    isDone = chunk?.isEmpty ?? true
                    let addresses = isDone ? importer.finish() : importer.read(Array(chunk ?? Data()))
                    importer.added += try await ledger.suppress(addresses, reason: reason, now: now)
                    for line in importer.removeProblems() { terminal.warn(line) }
                }
            }
            terminal.say(
                "\(importer.addresses) addresses, \(importer.added) of them new; \(importer.refused) lines refused")
            terminal.emit([
                "addresses": .integer(importer.addresses), "new": .integer(importer.added),
                "refused": .integer(importer.refused),
            ])
            if let problem {
                terminal.warn("\(importer.name): reading failed before the end: \(problem.localizedDescription)")
                throw Exit.inputOutput.error
            }
            if importer.refused > 0 { throw Exit.permanentFailures.error }
        }
    }

    /// `ledger suppressed`.
    struct Suppressed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the suppressed addresses as CSV, with date and reason.",
            discussion:
                "The output can be read by ledger suppress --import. People who were forgotten stay suppressed, but are only counted."
        )

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let terminal = Terminal(output)
            terminal.say("email,since,reason")
            var forgotten = 0
            try await LedgerOptions.reading(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                try await ledger.eachSuppression { suppression in
                    guard let address = suppression.address else {
                        forgotten += 1
                        return
                    }
                    terminal.say(CSVWriter.row([address, suppression.at.description, suppression.reason]))
                    terminal.emit([
                        "address": .string(address), "since": .string(suppression.at.description),
                        "reason": .string(suppression.reason),
                    ])
                }
            }
            if forgotten > 0 { terminal.warn("and \(forgotten) forgotten \(forgotten == 1 ? "person" : "people")") }
        }
    }

    /// `ledger replies`.
    struct Replies: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the latest answers to invitations that usher inbox has read.")

        @Option(help: "Only answers for sessions with this id.") var session: String?
        @Option(help: "The largest number of answers to list.") var limit = 10_000
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let terminal = Terminal(output)
            let (session, limit) = (session, limit)
            try await LedgerOptions.reading(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                let rows = try await ledger.replies(job: nil, session: session, limit: limit)
                let cells = rows.map { [$0.answer.rawValue, $0.attendee, $0.subject.text, "\($0.stamp)"] }
                if rows.isEmpty { terminal.say("no answers") }
                for line in Table.lines(["ANSWER", "FROM", "SESSION", "WHEN"], cells) where !rows.isEmpty {
                    terminal.say(line)
                }
                for row in rows {
                    terminal.emit([
                        "job": .string(row.job), "event": .string(row.session.event.rawValue),
                        "session": .string(row.session.session.rawValue), "subject": .string(row.subject.text),
                        "attendee": .string(row.attendee), "answer": .string(row.answer.rawValue),
                        "at": .string(row.stamp.description),
                    ])
                }
            }
        }
    }
}

/// Reads the addresses of a file, chunk by chunk: one per line, or a column of a CSV file (RFC 4180).
struct SuppressionImport {
    /// The name of the file, for messages.
    let name: String
    /// Addresses read.
    private(set) var addresses = 0
    /// Lines without a valid address.
    private(set) var refused = 0
    /// Addresses that were not suppressed before.
    var added = 0

    private var rest: [UInt8] = []
    private var line = 0
    private var column = 0
    private var delimiter = UInt8(ascii: ",")
    private var problems: [String] = []

    /// The longest line in bytes; a longer one cannot be an address.
    private static let longestLine = 64 * 1024

    init(name: String) { self.name = name }

    /// Returns and forgets the problems since the last call; after the first few of a file, they are only counted.
    mutating func removeProblems() -> [String] {
        defer { problems = [] }
        return problems
    }

    /// Reads a chunk and returns the addresses of the lines that end in it.
    mutating func read(_ octets: [UInt8]) -> [Address] {
        rest += octets
        var addresses: [Address] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 0x0a) {
            if let address = address(in: rest[start..<end]) { addresses.append(address) }
            start = end + 1
        }
        rest.removeFirst(start)
        // The rest of an overlong line must not look like an address either; a NUL makes sure of that.
        if rest.count > Self.longestLine { rest = [0] }
        return addresses
    }

    /// Returns the address of the last line, if it has no line break.
    mutating func finish() -> [Address] {
        defer { rest = [] }
        return rest.isEmpty ? [] : [address(in: rest[...])].compactMap { $0 }
    }

    private mutating func address(in octets: ArraySlice<UInt8>) -> Address? {
        line += 1
        var octets = octets
        if line == 1, octets.starts(with: [0xEF, 0xBB, 0xBF]) { octets = octets.dropFirst(3) }
        let text = String(decoding: octets, as: UTF8.self)
        guard text.contains(where: { !$0.isWhitespace }), !text.hasPrefix("#") else { return nil }
        if line == 1, !octets.contains(UInt8(ascii: ",")), octets.contains(UInt8(ascii: ";")) {
            delimiter = UInt8(ascii: ";")
        }
        let row = CSVReader.row(ofLine: octets, delimiter: delimiter, maximumBytes: Self.longestLine)
        // A bad quote elsewhere in the line must not keep an address from being suppressed. A CR inside the line would end the row
        // and drop what follows: the whole line is refused then.
        let cells = octets.dropLast().contains(0x0D) ? [text] : row?.fields ?? []
        if line == 1, isHeader(cells) { return nil }
        let cell = cells.count > column ? cells[column] : ""
        do throws(Address.Problem) {
            let address = try Address(cell)
            addresses += 1
            return address
        } catch {
            refused += 1
            if refused <= Limits.problemsShown { problems.append("\(name):\(line): \(error)") }
            return nil
        }
    }

    /// Whether the first line names columns; if so, remembers which one holds the addresses.
    private mutating func isHeader(_ cells: [String]) -> Bool {
        let names = cells.map { $0.lowercased().filter { !$0.isWhitespace } }
        if let index = names.firstIndex(where: { ["email", "e-mail", "mail", "address", "emailaddress"].contains($0) })
        {
            column = index
            return true
        }
        return false
    }
}
