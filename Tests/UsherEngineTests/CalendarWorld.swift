import Foundation
import UsherEngine
import UsherLedger
import UsherModel
import UsherTesting

/// A job whose source is a calendar in a file, which a test rewrites between two runs.
struct CalendarWorld {
    let folder: TemporaryFolder
    let rehearsal: Rehearsal

    /// Writes the job: an invitation, a reminder a day before the start, changes and cancellations, unless there are other rules.
    init(rules: String? = nil, source: String = "", more: String = "") throws {
        folder = try TemporaryFolder()
        rehearsal = Rehearsal(folder.path)
        let usual = """
            - {when: registered,       to: attendees, via: outbox, template: invite}
              - {when: 24h before start, to: attendees, via: outbox, template: reminder}
              - {when: changed,          to: attendees, via: outbox, template: update}
              - {when: canceled,         to: attendees, via: outbox, template: cancel}
            """
        try folder.write(
            """
            name: calendar
            source: {kind: ics, file: feed.ics\(source)}
            ledger: usher.sqlite
            channels:
              outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}
            rules:
              \(rules ?? usual)
            publish:
              - {kind: calendar, to: public/all.ics}
            \(more)
            """, to: "job.yaml")
    }

    func write(_ events: String..., header: String = "") throws {
        let text =
            "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n\(header)"
            + "\(events.joined(separator: "\n"))\nEND:VCALENDAR\n"
        try folder.write(text.replacing("\n", with: "\r\n"), to: "feed.ics")
    }

    /// An event of an hour to which Jana is invited.
    static func event(
        _ uid: String = "u1", _ start: String = ":20261209T140000Z", _ more: String = "",
        length: String = "DURATION:PT1H",
        people: String = "ATTENDEE;CN=Jana:mailto:jana@example.com"
    ) -> String {
        """
        BEGIN:VEVENT
        UID:\(uid)
        DTSTAMP:20261101T000000Z
        DTSTART\(start)
        SUMMARY:Roof basics
        LOCATION:https://us02web.zoom.us/j/81234567890?pwd=AbCdEf.1
        \([length, people, more].filter { !$0.isEmpty }.joined(separator: "\n"))
        END:VEVENT
        """
    }

    static let zoned = ";TZID=Europe/Berlin:20261209T150000"
    static let weekly = "RRULE:FREQ=WEEKLY;COUNT=4"

    @discardableResult
    func run(_ now: String, approval: String? = nil) async throws -> RunReport {
        try await rehearsal.run("2026-\(now)Z", approval: approval)
    }

    func adopt(_ now: String) async throws -> RunReport {
        let job = try ConfiguredJob(job: folder.path("job.yaml"), .rehearsed())
        let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test")
        let report = await Engine(job, ledger: ledger, settings: rehearsal.settings("2026-\(now)Z")).adopt()
        await ledger.close()
        return report
    }

    /// What was sent, as `jana registered`, with the number where there are several.
    func sent() async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        try await rehearsal.withLedger { ledger in
            var filter = LedgerFilter()
            (filter.state, filter.limit) = (.sent, 10_000)
            for row in try await ledger.list(filter) {
                let rule = row.rule.rawValue.prefix { $0 != "/" }
                counts["\(row.recipient.prefix { $0 != "@" }) \(rule)", default: 0] += 1
            }
        }
        return counts
    }

    /// The events of the published calendar: start, SEQUENCE and status.
    func published() throws -> [String] {
        let text = try folder.read("public/all.ics").replacing("\r\n ", with: "")
        return text.split(separator: "BEGIN:VEVENT").dropFirst().map { event in
            func value(_ name: String) -> Substring {
                event.split(separator: "\r\n").first { $0.hasPrefix(name + ":") }?.dropFirst(name.count + 1) ?? ""
            }
            return "\(value("DTSTART")) \(value("SEQUENCE")) \(value("STATUS"))"
        }
    }
}
