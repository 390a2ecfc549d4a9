import Synchronization
import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

/// docs/graph.md, "Which sessions a person chose".
@Suite("the sessions that people chose")
struct GraphChoiceTests {
    private static let registrations = "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/registrations"
    private static func choice(_ person: Int) -> String { "\(registrations)/r-0-\(person)/sessions" }

    private func tenant(_ people: Int, sessions: Int = 2) -> GraphTenant {
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations) = (1, sessions, people)
        return tenant
    }

    /// What a ledger would hold, and a world that lists as if it remembered both sessions.
    private final class Memory: Sendable {
        private let people = Mutex<[RegistrationID: UsherModel.Attendee]>([:])

        var known: AttendeeMemory {
            AttendeeMemory { ids in self.people.withLock { people in people.filter { ids.contains($0.key) } } }
        }

        func store(_ attendees: [UsherModel.Attendee]) {
            people.withLock { people in for person in attendees { people[person.registration] = person } }
        }
    }

    private func read(
        _ world: GraphWorld, _ memory: Memory, known: [String] = ["s0", "s1"], recalled: [String] = ["s0", "s1"]
    ) async throws -> AttendeePage {
        let event = EventID(rawValue: GraphTenant.event(0))
        func key(_ id: String) -> SessionKey { SessionKey(event: event, session: SessionID(rawValue: id)) }
        let start = GraphWorld.december.from
        await world.source.recall(
            recalled.map { id in
                let session = Session(
                    key: key(id), subject: Line(cleaning: id), start: start, end: start + .seconds(1), zone: .utc,
                    joinURL: nil, status: .published)
                return SessionMemory(session: session, revision: 0, revisedAt: start, firstSeenAt: start)
            })
        _ = try await world.listing(known: Set(known.map(key)))
        let pages = try await world.source.attendees(of: event, known: memory.known)
        var all = AttendeePage(attendees: [], problems: [])
        while let page = try await pages.next() {
            all.attendees += page.attendees
            all.problems += page.problems
            all.remarks += page.remarks
            all.failures += page.failures
            all.undecided += page.undecided
        }
        memory.store(all.attendees)
        return all
    }

    private func chosen(_ page: AttendeePage) -> [[String]?] { page.attendees.map { $0.sessions?.map(\.rawValue) } }

    // MARK: What cannot be read

    private static let unreadable: [(Int, String)] = [
        (404, GraphServer.notFound), (404, "<html>"), (503, "{}"), (403, GraphServer.forbidden), (200, "{\"value\": ["),
        (200, "{\"value\": []}"), (200, "{\"value\": [{\"id\": \"other\"}]}"), (200, "{\"value\": [{\"id\": null}]}"),
        (200, "{\"value\": null}"), (200, "{}"),
    ]

    @Test(arguments: unreadable) func leavesWhatWasKnown(_ status: Int, _ body: String) async throws {
        try await GraphServer.run(tenant(2)) { server in
            let (world, memory) = (try GraphWorld(server), Memory())
            #expect(chosen(try await read(world, memory)) == [["s0"], ["s0", "s1"]])
            // A changed registration is asked about; so is a new one.
            server.edit { tenant in
                tenant.registrations = 3
                tenant.replacements = ["Çelik": "Celik"]
                for person in 0..<3 { tenant.edits[Self.choice(person)] = (status, body) }
            }
            let page = try await read(world, memory)
            #expect(chosen(page) == [["s0"], ["s0", "s1"], []] && page.undecided == 1)
            #expect(page.remarks.count + page.failures.count > 0, "\(page)")
            server.edit { $0.edits = [:] }
            let after = try await read(world, memory)
            #expect(chosen(after) == [["s0"], ["s0", "s1"], ["s0"]] && after.undecided == 0)
        }
    }

    @Test func aSecondSessionIsForNobodyWhoseChoiceCannotBeRead() async throws {
        try await GraphServer.run(tenant(2, sessions: 1)) { server in
            let (world, memory) = (try GraphWorld(server), Memory())
            let event = EventID(rawValue: GraphTenant.event(0))
            let first = SessionKey(event: event, session: SessionID(rawValue: "s0"))
            _ = try await world.listing(known: [first])
            let pages = try await world.source.attendees(of: event, known: memory.known)
            let page = try #require(try await pages.next())
            #expect(chosen(page) == [nil, nil])
            memory.store(page.attendees)
            server.edit { $0.sessions = 2 }
            server.faults { path, _ in
                path.contains("/registrations/") ? .status(403) : nil
            }
            _ = try await world.listing(known: [first])
            let next = try await world.source.attendees(of: event, known: memory.known)
            let kept = try #require(try await next.next())
            #expect(chosen(kept) == [["s0"], ["s0"]] && kept.undecided == 0)
        }
    }

    @Test func anEventThatListsOneOfItsSessionsForARunForgetsNoChoice() async throws {
        try await GraphServer.run(tenant(2)) { server in
            let (world, memory) = (try GraphWorld(server), Memory())
            let first = try await read(world, memory)
            server.edit { $0.sessions = 1 }
            #expect(chosen(try await read(world, memory)) == chosen(first))
        }
    }

    /// A session that was made anew is for everyone: single-session events need no choice, and no permission to read any.
    @Test func aSessionThatReplacesTheOnlyOneAsksForNoChoice() async throws {
        try await GraphServer.run(tenant(3, sessions: 1)) { server in
            let (world, memory) = (try GraphWorld(server), Memory())
            server.countAnew()
            let page = try await read(world, memory, known: ["s0"], recalled: ["gone"])
            #expect(chosen(page) == [nil, nil, nil] && page.undecided == 0)
            #expect(server.counts.answers["sessions"] == 1)
            // Only who had chosen the other one is asked for.
            memory.store(
                page.attendees.prefix(1).map { person in
                    var person = person
                    (person.sessions, person.choiceDigest) = ([SessionID(rawValue: "gone")], "x")
                    return person
                })
            server.countAnew()
            #expect(chosen(try await read(world, memory, known: ["s0"], recalled: ["gone"])) == [["s0"], nil, nil])
            #expect(server.counts.answers["sessions"] == 2)
        }
    }

    @Test func aServerThatFailsIsNotAskedForEveryone() async throws {
        try await GraphServer.run(tenant(1200)) { server in
            let (world, memory) = (try GraphWorld(server), Memory())
            server.faults { path, _ in path.contains("/registrations/") ? .status(403) : nil }
            server.countAnew()
            let page = try await read(world, memory)
            #expect(page.attendees.count == 1200 && page.undecided == 1200 && page.failures.count == 1)
            #expect(page.failures.first?.code == .refusedCredentials)
            // After what the listing takes and twelve pages, four batches and no more.
            #expect(server.counts.requests == 4 + 12 + 4)
        }
    }

    @Test func aRegistrationWithoutAnIDIsRefused() async throws {
        try await GraphServer.run(tenant(2)) { server in
            server.edit { $0.replacements = ["\"id\": \"r-0-1\"": "\"id\": null"] }
            let page = try await read(try GraphWorld(server), Memory())
            #expect(page.attendees.count == 1 && page.problems.map(\.effect) == [.refused])
        }
    }

    // MARK: How much is asked

    @Test func whatIsKnownIsAskedForAgainOnlyIfTheRegistrationChanged() async throws {
        var tenant = tenant(1000)
        tenant.page = 500
        try await GraphServer.run(tenant) { server in
            let (world, memory) = (try GraphWorld(server), Memory())
            let first = try await read(world, memory)
            #expect(server.counts.answers["sessions"] == 1 + 1000 && first.undecided == 0)
            var asked = 0
            for _ in 0..<53 {
                world.clock.pass(.seconds(60))
                server.countAnew()
                #expect(chosen(try await read(world, memory)) == chosen(first))
                let answers = (server.counts.answers["sessions"] ?? 0) - 1
                #expect(answers < 45)
                asked += answers
                // The page of events, its sessions, presenters, the sessions' details, two pages of people, and two to four batches.
                #expect(server.counts.requests <= 4 + 2 + 4)
            }
            // Everyone once.
            #expect(asked == 1000)
            server.countAnew()
            server.edit { $0.replacements = ["\"firstName\": \"P7\"": "\"firstName\": \"Pia\""] }
            let changed = try await read(world, memory)
            #expect(changed.attendees[7].firstName.text == "Pia")
            #expect((server.counts.answers["sessions"] ?? 0) - 1 <= 46)
        }
    }
}
