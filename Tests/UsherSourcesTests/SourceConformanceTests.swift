import Foundation
import ICalendar
import Synchronization
import Testing
import UsherCredentials
import UsherEngine
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

/// Every kind of source against the contract, each with a real peer.
@Suite("the contract of a source")
struct SourceConformanceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    enum Kind: String, CaseIterable {
        case file, graph, ics
    }

    @Test func everyKindIsHeldToIt() {
        #expect(Set(Kind.allCases.map(\.rawValue)) == Set(SourceKinds.names))
    }

    @Test(arguments: Kind.allCases, SourceConformance.allCases)
    func eachKeepsIt(_ kind: Kind, _ check: SourceConformance) async throws {
        switch kind {
        case .file: try await check.run(try file())
        case .graph: try await GraphServer.run { try await check.run(graph($0)) }
        case .ics:
            try await FileServer.run(folder.path("feed/a.ics")) { try await check.run(try calendar($0)) }
        }
    }

    // MARK: Peers

    private static func key(_ event: String, _ session: String) -> SessionKey {
        SessionKey(event: EventID(rawValue: event), session: SessionID(rawValue: session))
    }

    /// What the folder holds, byte for byte.
    private static func state(_ folder: TemporaryFolder, _ path: String) throws -> String {
        try folder.list(path).map { "\($0): \(try folder.read("\(path)/\($0)"))" }.joined(separator: "\n")
    }

    /// A folder with a file for each of two events.
    private func file() throws -> SourceConformance.Peer {
        let folder = folder
        func write(_ event: String, sessions: Int = 1, people: Int = 0, end: String = "16") throws {
            let session = """
                {"id": "s0", "subject": "S", "startDateTime": "2026-12-10T15:00:00Z", "endDateTime": "2026-12-10T\(end):00:00Z"}
                """
            let registrations = (0..<people).map { #"{"id": "r\#($0)", "email": "p\#($0)@example.com"}"# }
            try folder.write(
                """
                {"id": "\(event)", "displayName": "E", "sessions": [\(sessions == 0 ? "" : session)],
                 "registrations": [\(registrations.joined(separator: ","))]}
                """, to: "events/\(event).json")
        }
        try write("e0")
        try write("e1")
        return SourceConformance.Peer(
            connect: {
                FileSource(
                    FileSourceOptions(path: folder.path("events"), attendees: nil), zones: TimeZoneDatabase(),
                    readAt: .distantFuture)
            },
            window: GraphWorld.december, sessions: [Self.key("e0", "s0"), Self.key("e1", "s0")],
            register: { try write("e0", people: $0) }, delete: { try write($0.event.rawValue, sessions: 0) },
            spoil: {
                try write($0.event.rawValue, end: "14")
                return "\($0.event).json:1: session \"s0\""
            },
            breakPart: { try folder.write("{", to: "events/e0.json") },
            breakAll: { try FileManager.default.removeItem(atPath: folder.path("events")) },
            state: { try Self.state(folder, "events") })
    }

    private func calendar(_ url: String) throws -> SourceConformance.Peer {
        let folder = folder
        func write(_ uids: [String], spoiled: String? = nil, people: Int = 0) throws {
            let events = uids.map { uid in
                let attendees = (0..<(uid == "u0" ? people : 0)).map { "ATTENDEE:mailto:p\($0)@example.com\n" }.joined()
                return """
                    BEGIN:VEVENT
                    UID:\(uid)
                    DTSTAMP:20261101T000000Z
                    DTSTART:20261210T150000Z
                    DTEND:20261210T160000Z
                    SUMMARY:\(uid == spoiled ? "" : "Seats")
                    LOCATION:https://teams.microsoft.com/l/\(uid)
                    \(attendees)END:VEVENT

                    """
            }.joined()
            try folder.write(
                "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n\(events)END:VCALENDAR\n"
                    .replacing("\n", with: "\r\n"), to: "feed/a.ics")
        }
        try write(["u0", "u1"])
        let options = try options("{kind: ics, url: \"\(url)\"}")
        let secrets = SecretStore(environment: [:], folder: folder.path, clock: .still)
        return SourceConformance.Peer(
            connect: {
                ICSSource(options, zones: TimeZoneDatabase(), runtime: MovingClock().runtime([:]), secrets: secrets)
            },
            window: GraphWorld.december, sessions: [Self.key("u0", "once"), Self.key("u1", "once")],
            register: { try write(["u0", "u1"], people: $0) },
            delete: { gone in try write(["u0", "u1"].filter { $0 != gone.event.rawValue }) },
            spoil: {
                try write(["u0", "u1"], spoiled: $0.event.rawValue)
                return "event \"\($0.event)\" of \(url)"
            },
            breakPart: { try folder.write("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", to: "feed/a.ics") },
            breakAll: { try folder.write("<html>", to: "feed/a.ics") },
            state: { try Self.state(folder, "feed") })
    }

    private func options(_ source: String) throws -> ICSSourceOptions {
        let problems = JobProblems()
        let job = try Job(
            Array("name: test\nsource: \(source)\nchannels: {out: {kind: outbox, to: out, format: json}}\n".utf8),
            file: "job.yaml"
        ) { _ in true }
        let zones = TimeZoneDatabase()
        return try #require(
            ICSSourceOptions(job.source, problems, folder: folder.path) { zones.contains($0) }, "\(problems.errors)")
    }

    private func graph(_ server: GraphServer) -> SourceConformance.Peer {
        server.edit { $0.events = 2 }
        let path = "/solutions/virtualEvents/webinars"
        let missing = #"{"error": {"code": "ResourceNotFound", "message": "-", "innerError": {"request-id": "r"}}}"#
        return SourceConformance.Peer(
            connect: { try GraphWorld(server).source },
            window: GraphWorld.december,
            sessions: [Self.key(GraphTenant.event(0), "s0"), Self.key(GraphTenant.event(1), "s0")],
            register: { count in server.edit { $0.registrations = count } },
            delete: { gone in
                server.edit {
                    $0.edits["\(path)/\(gone.event)/sessions"] = (200, #"{"value": []}"#)
                    $0.edits["\(path)/\(gone.event)/sessions/\(gone.session)"] = (404, missing)
                }
            },
            spoil: { spoiled in
                let session = """
                    {"id": "\(spoiled.session)", "subject": "S", "startDateTime": "2026-12-10T15:00:00Z", \
                    "endDateTime": "2026-12-10T14:00:00Z"}
                    """
                server.edit { $0.edits["\(path)/\(spoiled.event)/sessions/\(spoiled.session)"] = (200, session) }
                return "session \"\(spoiled)\""
            },
            breakPart: {
                server.edit { $0.edits["\(path)/\(GraphTenant.event(0))/sessions"] = (403, GraphServer.forbidden) }
            },
            breakAll: { server.faults { _, _ in .status(503) } },
            state: { server.mails.joined() })
    }
}
