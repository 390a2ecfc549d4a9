import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs whose publications have a file for each part, and whose people come and go.
@Suite("runs that publish parts, and whose people come back")
struct PartRunTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    private static let parts = """
          - {kind: calendar, each: day, to: "public/{day}.ics", calendar-url: "https://example.com/{day}.ics"}
          - {kind: calendar, each: session, to: "public/s/{session.id}.ics", calendar-url: "https://example.com/{event.id}/{session.id}.ics"}
          - {kind: atom, each: month, to: "public/{month}.atom", home-url: "https://example.com/"}
        """

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 2, extra: Self.parts)
    }

    private func calendar(_ name: String) throws -> String {
        try folder.read("public/\(name)").replacing("\r\n ", with: "")
    }

    @Test func eachPartSaysItsOwnURL() async throws {
        let report = try await rehearsal.run()
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(try calendar("2026-12-10.ics").contains("SOURCE;VALUE=URI:https://example.com/2026-12-10.ics"))
        #expect(try calendar("s/s1.ics").contains("SOURCE;VALUE=URI:https://example.com/e1/s1.ics"))
    }

    @Test(arguments: ["start", "draft"])
    func aPartThatLostItsSessionIsEmptied(_ change: String) async throws {
        _ = try await rehearsal.run()
        #expect(try calendar("2026-12-10.ics").contains("BEGIN:VEVENT"))
        // A file of someone else's where the session was never published stays.
        try folder.write("mine", to: "public/2026-12-12.ics")
        let moved = change == "start"
        try rehearsal.write(
            events: Rehearsal.events(
                start: moved ? "2027-01-11T15:00:00" : "2026-12-10T15:00:00", status: moved ? "published" : "draft"))
        let second = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(second.problems.isEmpty, "\(second.problems)")
        #expect(try !calendar("2026-12-10.ics").contains("BEGIN:VEVENT"))
        #expect(try calendar("2026-12-10.ics").contains("https://example.com/2026-12-10.ics"))
        #expect(try !calendar("2026-12.atom").contains("<entry>"))
        if moved { #expect(try calendar("2027-01-11.ics").contains("BEGIN:VEVENT")) }
        #expect(try folder.read("public/2026-12-12.ics") == "mine")
        let third = try await rehearsal.run("2026-12-01T11:00:00Z")
        #expect(third.published.allSatisfy { $0.outcome == .unchanged }, "\(third.published)")
        // It comes back.
        try rehearsal.write(events: Rehearsal.events())
        _ = try await rehearsal.run("2026-12-01T12:00:00Z")
        #expect(try calendar("2026-12-10.ics").contains("BEGIN:VEVENT"))
    }

    /// RFC 5546 §2.1.4: a client takes neither a cancellation nor a new invitation with a SEQUENCE that it has already.
    @Test func theSequenceOfAPersonRisesWithTheirCancellationAndTheirReturn() async throws {
        func people(_ status: String) throws {
            try folder.write(
                "email,registration,status\np0@example.com,r0,\(status)\np1@example.com,r1,registered\n",
                to: "people.csv")
        }
        var sequences: [String] = []
        var seen: Set<String> = []
        for (hour, status) in ["registered", "canceled", "registered", "canceled", "registered"].enumerated() {
            try people(status)
            let report = try await rehearsal.run("2026-12-01T1\(hour):00:00Z")
            #expect(report.problems.isEmpty, "\(report.problems)")
            for name in rehearsal.messages() where seen.insert(name).inserted {
                let mail = try folder.read("outbox/\(name)")
                guard mail.contains("p0@example.com") else { continue }
                let lines = mail.components(separatedBy: "\r\n\r\n").dropFirst()
                let calendar = lines.compactMap { part in
                    Data(base64Encoded: String(part.prefix { $0 != "-" }), options: .ignoreUnknownCharacters)
                }.map { String(decoding: $0, as: UTF8.self) }.first { $0.contains("BEGIN:VCALENDAR") }
                let found = calendar?.split(whereSeparator: \.isNewline).filter {
                    $0.hasPrefix("METHOD:") || $0.hasPrefix("SEQUENCE:")
                }
                sequences.append(found?.joined(separator: " ") ?? "none")
            }
        }
        #expect(
            sequences == [
                "METHOD:REQUEST SEQUENCE:0", "METHOD:CANCEL SEQUENCE:1", "METHOD:REQUEST SEQUENCE:2",
                "METHOD:CANCEL SEQUENCE:3", "METHOD:REQUEST SEQUENCE:4",
            ])
    }
}
