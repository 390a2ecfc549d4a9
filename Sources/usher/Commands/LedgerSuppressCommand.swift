import ArgumentParser
import Foundation
import UsherEngine
import UsherModel
import UsherText

extension LedgerCommand {
    /// `ledger suppress`.
    struct Suppress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "From now on send nothing to an address, or to all of a list (or lift that).",
            discussion: """
                A list has one address a line, or is CSV with a header: its column email, e-mail, mail or address is read, \
                else the first. Lines that hold no address are reported with their numbers, and the others are taken. To import \
                a list again changes nothing.
                """)

        @Argument(help: "The address.") var address: MailAddress?
        @Option(
            name: .customLong("import"),
            help: ArgumentHelp("A list of addresses; - is standard input.", valueName: "file"))
        var list: String?
        @Option(help: "Why; kept for people.") var reason: String?
        @Flag(help: "Lift the suppression.") var lift = false
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard (address == nil) != (list == nil) else {
                throw ValidationError("Name an address, or a list with --import FILE.")
            }
            guard !lift || list == nil else { throw ValidationError("--lift goes with one address.") }
        }

        mutating func run() async throws {
            let terminal = Terminal(output)
            let (reason, lift, now) = (reason ?? (list == nil ? "by hand" : "imported"), lift, time.instant)
            if let list { return try await importList(list, reason: reason, terminal) }
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

        private func importList(_ path: String, reason: String, _ terminal: Terminal) async throws {
            guard let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
                terminal.warn("\(path): the file cannot be read. Check the path and the rights")
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
                    let addresses = isDone ? importer.finish() : importer.take(Array(chunk ?? Data()))
                    importer.added += try await ledger.suppress(addresses, reason: reason, now: now)
                    for line in importer.takeProblems() { terminal.warn(line) }
                }
            }
            terminal.say(
                "\(importer.addresses) addresses, \(importer.added) of them new; \(importer.refused) lines refused")
            terminal.emit([
                "addresses": .integer(importer.addresses), "new": .integer(importer.added),
                "refused": .integer(importer.refused),
            ])
            if let problem {
                terminal.warn("\(importer.name): it cannot be read to its end: \(problem.localizedDescription)")
                throw Exit.inputOutput.error
            }
            if importer.refused > 0 { throw Exit.permanentFailures.error }
        }
    }

    /// `ledger suppressed`.
    struct Suppressed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List who is suppressed, as CSV: address, since when, why.",
            discussion:
                "What it prints, ledger suppress --import reads. People who were forgotten stay suppressed, and are only counted."
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
            if forgotten > 0 { terminal.warn("and \(forgotten) who were forgotten") }
        }
    }

    /// `ledger replies`.
    struct Replies: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the newest answers to invitations, as usher inbox has read them.")

        @Option(help: "Only of sessions with this id.") var session: String?
        @Option(help: "At most so many.") var limit = 10_000
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

/// Addresses of a list as it comes: one a line, or a column of a CSV file (RFC 4180).
struct SuppressionImport {
    /// How the list is called.
    let name: String
    /// Addresses read.
    private(set) var addresses = 0
    /// Lines that hold none.
    private(set) var refused = 0
    /// Addresses that were not suppressed before.
    var added = 0

    private var rest: [UInt8] = []
    private var line = 0
    private var column = 0
    private var delimiter = UInt8(ascii: ",")
    private var problems: [String] = []

    /// Octets of one line; a longer one is no address.
    private static let longestLine = 64 * 1024

    init(name: String) { self.name = name }

    /// What was wrong since the last call, the first few lines of all.
    mutating func takeProblems() -> [String] {
        defer { problems = [] }
        return problems
    }

    /// Takes octets; gives the addresses of the lines that end in them.
    mutating func take(_ octets: [UInt8]) -> [Address] {
        rest += octets
        var addresses: [Address] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 0x0a) {
            if let address = address(in: rest[start..<end]) { addresses.append(address) }
            start = end + 1
        }
        rest.removeFirst(start)
        // What is left of a line that is too long is no address either: a NUL makes sure of that.
        if rest.count > Self.longestLine { rest = [0] }
        return addresses
    }

    /// Gives the address of a last line without an end.
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

    /// Whether the first line names columns; then which one holds the addresses is known.
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
