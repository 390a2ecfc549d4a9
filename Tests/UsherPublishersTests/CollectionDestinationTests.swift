import Foundation
import Testing
import UsherEngine
import UsherJob
import UsherModel
import UsherPublishers
import UsherTesting

/// Calendar collections on Radicale, read by vdirsyncer and khal, and on servers that misbehave.
@Suite("calendar collections")
struct CollectionDestinationTests {
    private let fixture: PublicationFixture
    private var folder: TemporaryFolder { fixture.folder }
    private static let prodID = "-//Usher//Usher 1//EN"

    init() throws { fixture = try PublicationFixture() }

    private func radicale(_ body: (String) async throws -> Void) async throws {
        try await fixture.serve(["radicale", folder.path("site"), "ada", "opensesame"]) { base, _ in
            try await body("\(base)/ada/webinars/")
        }
    }

    private static func object(_ uid: String, _ title: String, prodID: String = prodID) -> Object {
        let lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:\(prodID)", "BEGIN:VEVENT", "UID:\(uid)",
            "DTSTAMP:20261123T000000Z",
            "DTSTART:20261210T150000Z", "DTEND:20261210T160000Z", "SUMMARY:\(title)",
            "LOCATION:https://example.com/join",
            "END:VEVENT", "END:VCALENDAR", "",
        ]
        return Object(uid: uid, bytes: Array(lines.joined(separator: "\r\n").utf8))
    }

    private struct Object {
        let uid: String
        let bytes: [UInt8]
    }

    private func publish(
        _ objects: [Object], _ url: String, _ memory: MarksInMemory,
        _ keys: String = PublicationFixture.credentials + ", name: \"Ours & <theirs>\", color: \"#4682b4\""
    ) async throws -> PublicationWriter.Result {
        let kind = try fixture.kind("kind: caldav, to: \"\(url)\"\(keys)")
        let options = try #require(
            CollectionOptions(kind, .init(), folder: folder.path(""), isZone: { _ in true }))
        let site = try await CollectionDestination(options, prodID: Self.prodID, secrets: fixture.secrets)
        var rest = objects.map {
            Artifact(location: options.location(of: $0.uid), bytes: $0.bytes, mediaType: "text/calendar; charset=utf-8")
        }[...]
        var result = PublicationWriter.Result()
        do {
            try await PublicationWriter(site, memory: memory, isStopping: { false })
                .publish({ () async throws(PublishError) in rest.popFirst() }, into: &result)
            await site.close()
            return result
        } catch {
            await site.close()
            throw error
        }
    }

    private func stored() throws -> [String: String] {
        let root = "site/collection-root/ada/webinars"
        return Dictionary(
            uniqueKeysWithValues: try folder.list(root).filter { $0.hasSuffix(".ics") }.map {
                ($0, try folder.read("\(root)/\($0)"))
            })
    }

    @Test func aCollectionIsMadeFollowedAndReadByCalendarPrograms() async throws {
        try await radicale { url in
            let memory = MarksInMemory()
            let first = try await publish([Self.object("a", "Alpha"), Self.object("b", "Beta")], url, memory)
            #expect(first.problems.isEmpty && first.counts == [.written: 2])
            let properties = try folder.read("site/collection-root/ada/webinars/.Radicale.props")
            #expect(properties.contains("Ours & <theirs>") && properties.contains("#4682b4FF"))
            let second = try await publish([Self.object("a", "Alpha"), Self.object("b", "Beta")], url, memory)
            #expect(second.problems.isEmpty && second.counts == [.unchanged: 2])
            #expect(try await agenda(url).contains("16:00 17:00 Alpha https://example.com/join"))

            // One changes, one is removed, one is added, and what someone else stored stays.
            try folder.write(
                String(decoding: Self.object("x", "Theirs", prodID: "-//X//Y//EN").bytes, as: UTF8.self),
                to: "site/collection-root/ada/webinars/theirs.ics")
            let third = try await publish([Self.object("a", "Alpha II"), Self.object("c", "Gamma")], url, memory)
            #expect(third.problems.isEmpty && third.counts == [.written: 2, .removed: 1])
            #expect(try stored().keys.sorted() == ["a.ics", "c.ics", "theirs.ics"])
            let agenda = try await agenda(url)
            #expect(
                ["Alpha II", "Gamma", "Theirs"].allSatisfy { agenda.contains("16:00 17:00 \($0) ") }, "\(agenda)")
            #expect(!agenda.contains("Beta") && memory.count == 2)
        }
    }

    private func agenda(_ url: String) async throws -> String {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "reader.py").path
        let result = try await Python.run(
            script, [url, "ada", "opensesame", folder.path("reader"), "2026-12-10", "2026-12-11"])
        try #require(result.status == 0, "\(result.output)")
        return result.output
    }

    @Test func whatSomeoneElseChangedIsNoticedAndKept() async throws {
        try await radicale { url in
            let memory = MarksInMemory()
            _ = try await publish([Self.object("a", "Alpha"), Self.object("b", "Beta")], url, memory)
            for name in ["a", "b"] {
                try folder.write(
                    String(decoding: Self.object(name, "Edited").bytes, as: UTF8.self),
                    to: "site/collection-root/ada/webinars/\(name).ics")
            }
            let second = try await publish([Self.object("a", "Alpha"), Self.object("c", "Gamma")], url, memory)
            #expect(second.problems.map(\.code) == [.lostRace, .lostRace] && second.counts == [.written: 1])
            #expect(second.problems.first?.location.hasSuffix("/ada/webinars/a.ics") == true)
            #expect(try stored().filter { $0.value.contains("Edited") }.count == 2)
            // What is no longer remembered is theirs, and reported once.
            let third = try await publish([Self.object("c", "Gamma")], url, memory)
            #expect(third.problems.map(\.code) == [.lostRace] && third.counts == [.unchanged: 1])
            let fourth = try await publish([Self.object("c", "Gamma")], url, memory)
            #expect(fourth.problems.isEmpty)
        }
    }

    @Test func aLedgerThatWasLostFindsItsObjectsAgain() async throws {
        try await radicale { url in
            _ = try await publish([Self.object("a", "Alpha"), Self.object("b", "Beta")], url, MarksInMemory())
            try folder.write(
                String(decoding: Self.object("c", "Theirs", prodID: "-//X//Y//EN").bytes, as: UTF8.self),
                to: "site/collection-root/ada/webinars/c.ics")
            let memory = MarksInMemory()
            let objects = [Self.object("a", "Alpha"), Self.object("b", "Beta II"), Self.object("c", "Gamma")]
            let outcome = try await publish(objects, url, memory)
            // Radicale returns other bytes than it received, so what has not changed is written once more.
            #expect(outcome.counts == [.written: 2])
            #expect(outcome.problems.map(\.code) == [.lostRace])
            let again = try await publish(objects, url, memory)
            #expect(again.counts == [.unchanged: 2])
        }
    }

    @Test func theSameEventUnderAnotherNameIsSaidInTheServersWords() async throws {
        try await radicale { url in
            let memory = MarksInMemory()
            _ = try await publish([Self.object("a", "Alpha")], url, memory)
            let root = "site/collection-root/ada/webinars"
            try FileManager.default.moveItem(
                atPath: folder.path("\(root)/a.ics"), toPath: folder.path("\(root)/imported.ics"))
            let outcome = try await publish([Self.object("a", "Alpha")], url, memory)
            #expect(outcome.problems.map(\.code) == [.cannotWrite], "\(outcome.counts)")
            #expect(outcome.problems.first?.problem.contains("(no-uid-conflict)") == true, "\(outcome.problems)")
        }
    }

    @Test func refusedCredentialsStopAtOnce() async throws {
        try await radicale { url in
            let error = await #expect(throws: PublishError.self) {
                try await publish(
                    [Self.object("a", "A")], url, MarksInMemory(), ", username: {env: USER}, password: {env: WRONG}")
            }
            #expect(error?.code == .refusedCredentials && error?.description.contains("wrong") == false)
        }
    }

    @Test func aFolderThatIsNoCalendarIsSaidToBeNone() async throws {
        try await fixture.serve(["webdav", folder.path("site"), "ada", "opensesame"]) { base, _ in
            let error = await #expect(throws: PublishError.self) {
                try await publish([Self.object("a", "A")], "\(base)/", MarksInMemory())
            }
            #expect(error?.code == .cannotWrite && error?.description.contains("calendar collection") == true)
        }
    }

    // MARK: Servers that misbehave

    private static func answer(_ status: String, _ body: String = "", _ fields: String = "") -> [ScriptedServer.Step] {
        [
            .read,
            .send(
                "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"),
        ]
    }

    private static func listing(_ responses: String) -> [ScriptedServer.Step] {
        answer("207 Multi-Status", "<multistatus xmlns=\"DAV:\">\(responses)</multistatus>")
    }

    private static let tagged =
        "<response><href>/c/a.ics</href><propstat><prop><getetag>\"1\"</getetag></prop>"
        + "<status>HTTP/1.1 200 OK</status></propstat></response>"

    @Test func unchangedIsOneReportAndNothingElse() async throws {
        let server = try ScriptedServer([
            Self.listing(""), Self.answer("201 Created", "", "ETag: \"1\"\r\n"), Self.listing(Self.tagged),
        ])
        defer { server.stop() }
        let memory = MarksInMemory()
        let first = try await publish([Self.object("a", "A")], "\(server.url)/c", memory, "")
        #expect(first.counts == [.written: 1] && server.requests[1].contains("If-None-Match: *\r\n"))
        let second = try await publish([Self.object("a", "A")], "\(server.url)/c", memory, "")
        #expect(second.counts == [.unchanged: 1] && server.accepted == 3)
        #expect(server.requests[2].hasPrefix("REPORT /c/ HTTP/1.1\r\n") && server.requests[2].contains("Depth: 1\r\n"))
    }

    @Test(arguments: [
        [[ScriptedServer.Step.read, .reset]], [answer("200 OK", "<html>")],
        [answer("207 Multi-Status", "<multistatus")],
        [answer("207 Multi-Status", "<a xmlns=\"DAV:\"/>")], [answer("503 Busy")],
        [
            answer(
                "207 Multi-Status",
                "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x xmlns=\"DAV:\">&a;</x>")
        ],
    ])
    func withoutAListNothingIsWritten(_ script: [[ScriptedServer.Step]]) async throws {
        let server = try ScriptedServer(script)
        defer { server.stop() }
        let memory = MarksInMemory()
        let error = await #expect(throws: PublishError.self) {
            try await publish([Self.object("a", "A")], "\(server.url)/c/", memory, "")
        }
        #expect(error?.code == .cannotWrite && memory.count == 0)
        #expect(server.requests.allSatisfy { $0.hasPrefix("REPORT ") })
    }

    /// A PUT arrived and its answer was lost: the next run finds the bytes and writes nothing.
    @Test func aPutWhoseAnswerWasLostIsFoundAndNotRepeated() async throws {
        let body = String(decoding: Self.object("a", "A").bytes, as: UTF8.self)
        let server = try ScriptedServer([
            Self.listing(""), [.read, .reset], Self.listing(Self.tagged),
            Self.answer("200 OK", body, "ETag: \"1\"\r\n"),
        ])
        defer { server.stop() }
        let memory = MarksInMemory()
        let first = try await publish([Self.object("a", "A")], "\(server.url)/c/", memory, "")
        #expect(first.problems.count == 1 && memory.count == 1)
        let second = try await publish([Self.object("a", "A")], "\(server.url)/c/", memory, "")
        #expect(second.counts == [.unchanged: 1] && memory.count == 1)
        #expect(server.requests.map { $0.prefix(3) } == ["REP", "PUT", "REP", "GET"])
    }

    /// After a few failures the remaining objects are not tried.
    @Test func manyFailuresLeaveTheRestToTheNextRun() async throws {
        let server = try ScriptedServer([Self.listing("")] + Array(repeating: [.read, .reset], count: 9))
        defer { server.stop() }
        let objects = (0..<9).map { Self.object("o\($0)", "T") }
        let outcome = try await publish(objects, "\(server.url)/c/", MarksInMemory(), "")
        #expect(outcome.problems.count == 5 && outcome.counts.isEmpty && server.accepted == 6)
    }
}
