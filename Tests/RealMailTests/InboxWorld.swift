import Foundation
import Glibc
import Synchronization
import Testing
import UsherEngine
import UsherLedger
import UsherModel
import UsherTesting

/// A job that has invited three people at `usher.test`, and its mailbox on a mail host.
struct InboxWorld {
    static let mailbox = "events@usher.test"
    static let now = "2026-12-01T09:00:00Z"

    let host: MailHost
    let rehearsal: Rehearsal
    let uid: String
    private let box: TemporaryFolder

    init(_ host: MailHost, inbox: String? = nil, channel: String? = nil) async throws {
        self.host = host
        box = try TemporaryFolder()
        rehearsal = try Rehearsal(in: box, people: 0)
        try box.write(
            "email,first-name\nada@usher.test,Ada\nbob@usher.test,Bob\nCem@usher.test,Cem\n", to: "people.csv")
        try box.write(Self.mailbox, to: "name")
        try box.write(MailHost.password, to: "word")
        let channel = channel ?? "kind: outbox, to: outbox"
        let inbox =
            inbox
            ?? "{url: \"imaps://127.0.0.1:\(host.imaps)\", username: {file: name}, password: {file: word}, ca-file: \(host.folder.path("ca.pem")), trust: [mx.usher.test]}"
        try box.write(
            """
            name: loop
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              out: {\(channel), from: "Événements <\(Self.mailbox)>", unsubscribe: ["mailto:leave@usher.test?subject=leave%20us", "mailto:off+{unsubscribe.token}@usher.test"]}
            rules:
              - {when: registered, to: attendees, via: out, template: invite}
              - {when: 24h before start, to: attendees, via: out, template: reminder}
            inbox: \(inbox)
            """, to: "job.yaml")
        let report = try await rehearsal.run(Self.now)
        try #require(report.tally.sent == 3, "\(report.problems)")
        let key = SessionKey(event: EventID(rawValue: "e1"), session: SessionID(rawValue: "s1"))
        uid = try ConfiguredJob(job: box.path("job.yaml"), .rehearsed()).calendarUID(of: key)
    }

    /// The Message-ID of the mail to a person, with brackets.
    func messageID(of person: String) async throws -> String {
        let ledger = try #require(try await SQLiteLedger.openReadOnly(path: rehearsal.path + "/usher.sqlite"))
        let id = try #require(try await ledger.id(to: try Address("\(person)@usher.test")))
        return "<\(id.short)@usher.test>"
    }

    /// Reads the inbox once.
    func read(isDry: Bool = false, steps: Steps = .unwatched) async throws -> InboxReport {
        try await Self.read(rehearsal, isDry: isDry, steps: steps)
    }

    /// Reads the inbox and kills this process with SIGKILL at the nth commit.
    static func read(_ path: String, dyingAt n: Int) async throws {
        let count = Mutex(0)
        _ = try await read(
            Rehearsal(path), isDry: false,
            steps: Steps { step in
                guard step != "ledger.witness" else { return }
                let passed = count.withLock { count in
                    count += 1
                    return count
                }
                if passed == n { kill(getpid(), SIGKILL) }
            })
    }

    private static func read(_ rehearsal: Rehearsal, isDry: Bool, steps: Steps) async throws -> InboxReport {
        let job = try ConfiguredJob(job: rehearsal.path + "/job.yaml", .rehearsed())
        let path = job.ledgerPath
        let ledger =
            isDry
            ? try await SQLiteLedger.openForDryRun(path: path, .inbox)
            : try await SQLiteLedger.open(path: path, host: "test", steps: steps)
        return await InboxRun(job, ledger: ledger, settings: rehearsal.settings(now)).run()
    }

    /// The suppressed addresses, with the reasons.
    func suppressed() async throws -> [String: String] {
        let ledger = try #require(try await SQLiteLedger.openReadOnly(path: rehearsal.path + "/usher.sqlite"))
        var all: [String: String] = [:]
        try await ledger.eachSuppression { all[$0.address ?? "(forgotten)"] = $0.reason }
        return all
    }

    /// The calendar replies in the ledger.
    func replies() async throws -> [String: CalendarAnswer] {
        let ledger = try #require(try await SQLiteLedger.openReadOnly(path: rehearsal.path + "/usher.sqlite"))
        let rows = try await ledger.replies(job: nil, session: nil, limit: 100)
        return Dictionary(rows.map { ($0.attendee, $0.answer) }) { first, _ in first }
    }
}

extension Rehearsal {
    /// The files of the ledger, including those that SQLite adds, and its witness.
    var ledgerFiles: [String] {
        ["", "-wal", "-shm", ".witness"].map { "\(path)/usher.sqlite\($0)" }
            .filter { FileManager.default.fileExists(atPath: $0) }
    }
}

/// Incoming messages as other programs write them.
enum IncomingMessages {
    /// A delivery status notification (RFC 3464) for a mail.
    static func bounce(
        of messageID: String?, to recipient: String, action: String = "failed", status: String = "5.1.1",
        diagnostic: String = "smtp; 550 5.1.1 no such user", original: String? = nil
    ) -> String {
        let returned = messageID.map {
            "--b1\nContent-Type: text/rfc822-headers\n\nFrom: events@usher.test\nSubject: Seats\nMessage-ID:\n \($0)\n\n"
        }
        let originally = original.map { "Original-Recipient: rfc822;\($0)\n" } ?? ""
        return """
            From: Mail Delivery System <MAILER-DAEMON@mail.usher.test>
            To: events@usher.test
            Subject: Undelivered Mail Returned to Sender
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status;
             boundary="b1"

            --b1
            Content-Type: text/plain

            It did not arrive.

            --b1
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mail.usher.test
            Arrival-Date: Tue, 1 Dec 2026 09:00:00 +0000

            \(originally)Final-Recipient: rfc822; \(recipient)
            Action: \(action)
            Status: \(status)
            Diagnostic-Code: \(diagnostic)

            \(returned ?? "")--b1--

            """
    }

    /// The reply of a calendar program (RFC 5546 §3.2.3).
    static func reply(
        _ uid: String, _ attendee: String, _ answer: String, from: String? = nil, sequence: Int = 0,
        stamp: String = "20261201T100000Z", results: String? = nil
    ) -> String {
        let calendar = """
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:-//Someone//Calendar//EN
            METHOD:REPLY
            BEGIN:VEVENT
            UID:\(uid)
            DTSTAMP:\(stamp)
            SEQUENCE:\(sequence)
            DTSTART:20261210T150000Z
            ORGANIZER:mailto:events@usher.test
            ATTENDEE;PARTSTAT=\(answer):mailto:\(attendee)
            END:VEVENT
            END:VCALENDAR

            """
        let encoded = Data(calendar.replacing("\n", with: "\r\n").utf8).base64EncodedString(
            options: .lineLength76Characters)
        return origin(from ?? attendee, results) + """
            From: Someone <\(from ?? attendee)>
            To: events@usher.test
            Subject: Accepted: Seats
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary=outer

            --outer
            Content-Type: text/plain; charset=utf-8

            An answer.
            --outer
            Content-Type: text/calendar; charset=utf-8; method=REPLY
            Content-Transfer-Encoding: base64

            \(encoded)
            --outer--

            """
    }

    /// What the own mail server says of the origin: by default that DMARC passed.
    private static func origin(_ from: String, _ results: String?) -> String {
        let domain = from.split(separator: "@").last?.split(separator: ">").first ?? ""
        return "Authentication-Results: \(results ?? "mx.usher.test; dmarc=pass header.from=\(domain)")\n"
    }

    /// A plain mail.
    static func plain(
        from: String, to: String = "events@usher.test", subject: String = "Hello", more: String = "",
        results: String? = nil
    ) -> String {
        origin(from, results) + "From: \(from)\nTo: \(to)\nSubject: \(subject)\n\(more)\nA question.\n"
    }
}
