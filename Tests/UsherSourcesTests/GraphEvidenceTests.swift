import Testing
import UsherEngine
import UsherModel
import UsherPlan
import UsherTesting
import UsherText

@testable import UsherSources

/// Random answers of every endpoint over three runs, against an oracle that knows the truth and what was answered.
@Suite("Microsoft Graph answers anything")
struct GraphEvidenceTests {
    /// What an endpoint answers instead of the truth.
    private enum Lie: CaseIterable {
        case forbidden, notFound, notFoundPage, failure, empty, cut, nothing
    }

    /// Two webinars of two sessions; what is true of them, and what is answered in one run.
    private struct World {
        var goneSessions: Set<String> = []
        var goneEvents: Set<Int> = []
        var canceledEvents: Set<Int> = []
        var lies: [String: Lie] = [:]

        static let list = GraphGoneTests.list
        static func event(_ number: Int) -> String { "\(list)/\(GraphTenant.event(number))" }
        static func sessions(_ number: Int) -> String { event(number) + "/sessions" }
        static func session(_ number: Int, _ session: Int) -> String { "\(sessions(number))/s\(session)" }
        static let all = [
            list, event(0), event(1), sessions(0), sessions(1), session(0, 0), session(0, 1), session(1, 0),
            session(1, 1), event(0) + "/presenters", event(1) + "/presenters",
        ]

        func isGone(_ path: String) -> Bool {
            goneSessions.contains(path)
                || (0...1).contains { goneEvents.contains($0) && path.hasPrefix(Self.event($0)) }
        }

        /// The true answer to a path.
        func truth(_ path: String, _ tenant: GraphTenant) -> (status: Int, body: String) {
            guard !isGone(path) else { return (404, GraphGoneTests.gone) }
            let answer = tenant.answer(path, skip: 0, base: "")
            guard let tree = JSONValue(Array(answer.body.utf8)), case .array(let items) = tree["value"] else {
                return (answer.status, told(answer.body))
            }
            let left = items.filter { !isGone("\(path)/\($0["id"].text ?? "")") }
            return (answer.status, told(GraphAnswer.list(left)))
        }

        /// With the status of each event.
        private func told(_ body: String) -> String {
            canceledEvents.reduce(body) { body, number in
                let id = "\"\(GraphTenant.event(number))\","
                return body.replacing("\(id) \"status\": \"published\"", with: "\(id) \"status\": \"canceled\"")
                    .replacing("\(id)\"status\":\"published\"", with: "\(id)\"status\":\"canceled\"")
            }
        }

        func answer(_ path: String, _ tenant: GraphTenant) -> (status: Int, body: String) {
            switch lies[path] {
            case nil: truth(path, tenant)
            case .forbidden: (403, GraphServer.forbidden)
            case .notFound: (404, GraphGoneTests.gone)
            case .notFoundPage: (404, GraphGoneTests.html)
            case .failure: (400, GraphGoneTests.gone)
            case .empty: (200, #"{"value": []}"#)
            case .cut: (200, #"{"value": [{"id": "s0""#)
            case .nothing: (204, "")
            }
        }

        /// Whether the event is said to be canceled by an answer of this run.
        func saysCanceled(_ number: Int, _ tenant: GraphTenant) -> Bool {
            [Self.list, Self.event(number)].contains { path in
                let body = answer(path, tenant).body
                let id = "\"\(GraphTenant.event(number))\","
                return body.contains("\(id)\"status\":\"canceled\"") || body.contains("\(id) \"status\": \"canceled\"")
            }
        }

        /// Whether an answer of this run shows that a session is there, or that its event is and hides its sessions.
        func contradicts(_ number: Int, _ session: Int, _ tenant: GraphTenant) -> Bool {
            let id = GraphTenant.event(number)
            let sessions = answer(Self.sessions(number), tenant)
            let isReadable = sessions.status == 200 && JSONValue(Array(sessions.body.utf8)) != nil
            let isShown = isReadable && sessions.body.contains("\"s\(session)\"")
            let isListed = answer(Self.list, tenant).body.contains(id)
            let isThere =
                isListed || answer(Self.event(number), tenant).status == 200 && lies[Self.event(number)] == nil
            return isShown || isThere && !isReadable
        }
    }

    private func world(_ random: inout Seeded, after last: World?) -> World {
        var world = World()
        if let last {
            (world.goneSessions, world.goneEvents) = (last.goneSessions, last.goneEvents)
            world.canceledEvents = last.canceledEvents
        }
        if random.once(in: 3) {
            world.goneSessions.insert(World.session(Int(random.next() % 2), Int(random.next() % 2)))
        }
        if random.once(in: 4) { world.goneEvents.insert(Int(random.next() % 2)) }
        if random.once(in: 6) { world.canceledEvents.insert(Int(random.next() % 2)) }
        if !random.once(in: 4) {
            for path in World.all where random.once(in: 4) { world.lies[path] = random.one(of: Lie.allCases) }
        }
        return world
    }

    /// Reads and compares as a run does, without a guard: each cancellation must be right by itself.
    private func run(
        _ source: GraphSource, _ known: inout [SessionKey: SessionMemory], _ now: Instant
    ) async throws {
        let listing: Listing
        do throws(SourceError) {
            listing = try await source.listing(in: GraphWorld.december, known: Set(known.keys))
        } catch {
            return
        }
        var probes: [SessionKey: Probe] = [:]
        for key in Reconcile.missing(from: listing, known: known, window: GraphWorld.december, now: now) {
            probes[key] = await source.probe(key)
        }
        for memory in Reconcile.revise(listing, probes: probes, known: known, now: now).changes {
            known[memory.session.key] = memory
        }
    }

    @Test(arguments: 0..<150) func onlyWhatIsGoneOrCanceledIsCanceled(_ seed: Int) async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations) = (2, 2, 0)
        try await GraphServer.run(tenant) { server in
            let graph = try GraphWorld(server)
            var random = Seeded(UInt64(seed))
            var known: [SessionKey: SessionMemory] = [:]
            try await run(graph.source, &known, GraphWorld.december.from)
            #expect(known.count == 4)
            var worlds: [World] = []
            for number in 1...3 {
                let world = world(&random, after: worlds.last)
                worlds.append(world)
                let plain = tenant
                server.edit { tenant in
                    tenant.edits = [:]
                    for path in World.all { tenant.edits[path] = world.answer(path, plain) }
                }
                try await run(graph.source, &known, GraphWorld.december.from + .seconds(number * 300))
                for event in 0...1 {
                    for session in 0...1 { judge(event, session, known, worlds, plain) }
                }
            }
        }
    }

    private func judge(
        _ event: Int, _ session: Int, _ known: [SessionKey: SessionMemory], _ worlds: [World], _ tenant: GraphTenant
    ) {
        let key = SessionKey(
            event: EventID(rawValue: GraphTenant.event(event)), session: SessionID(rawValue: "s\(session)"))
        let isCanceled = known[key]?.session.status == .canceled
        let path = World.session(event, session)
        let saidCanceled = worlds.contains { $0.saysCanceled(event, tenant) }
        // Two runs in which Graph itself said that the session is not there, and nothing else that it is.
        let proofs = worlds.filter { world in
            world.answer(path, tenant) == (404, GraphGoneTests.gone) && !world.contradicts(event, session, tenant)
        }
        if isCanceled {
            #expect(saidCanceled || proofs.count >= 2, "\(key.session) of \(event) is canceled: \(worlds.map(\.lies))")
        }
        // Two readable runs after it went, without a lie, leave no doubt.
        let honest = worlds.suffix(2).allSatisfy { $0.lies.isEmpty }
        if worlds.count >= 2, honest, worlds.suffix(2).allSatisfy({ $0.isGone(path) }) {
            #expect(isCanceled, "\(key.session) of \(event) is gone for two readable runs")
        }
        if let last = worlds.last, last.lies.isEmpty, !last.isGone(path) {
            #expect(isCanceled == last.canceledEvents.contains(event), "\(key.session) of \(event) is there")
        }
    }
}
