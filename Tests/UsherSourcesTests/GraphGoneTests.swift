import Testing
import UsherEngine
import UsherModel
import UsherTesting
import UsherText

@testable import UsherSources

@Suite("What Microsoft Graph shows to be gone, and what only seems so")
struct GraphGoneTests {
    static let list = "/solutions/virtualEvents/webinars"
    static let event = "\(list)/\(GraphTenant.event(0))"
    static let sessions = event + "/sessions"
    static let session = sessions + "/s0"
    static let gone = #"{"error": {"code": "ResourceNotFound", "message": "-", "innerError": {"request-id": "r"}}}"#
    static let html = "<html><body>404 Not Found</body></html>"

    private func tenant(_ events: Int = 1) -> GraphTenant {
        var tenant = GraphTenant()
        tenant.events = events
        return tenant
    }

    /// The answer to looking up the session of the first event, after edits that its listing did not see.
    private func probe(_ edits: [String: (Int, String)], listedAnew: Bool = false) async throws -> Probe {
        try await GraphServer.run(tenant(2)) { server in
            let world = try GraphWorld(server)
            let session = try #require(try await world.listing().sessions.first)
            server.edit { tenant in for (path, answer) in edits { tenant.edits[path] = answer } }
            if listedAnew { _ = try await world.listing(known: [session.key]) }
            return await world.source.probe(session.key)
        }
    }

    private var emptied: [String: (Int, String)] {
        [Self.list: (200, #"{"value": []}"#), Self.event: (404, Self.gone), Self.sessions: (404, Self.gone)]
    }

    @Test func itsOwn404InGraphsWordsProvesThatASessionIsGone() async throws {
        let answer = try await probe(emptied.merging([Self.session: (404, Self.gone)]) { $1 }, listedAnew: true)
        #expect(answer == .gone)
    }

    @Test(arguments: [
        (404, html), (404, "{}"), (404, #"{"error": {"code": "", "message": "-"}}"#), (404, ""), (410, gone),
        (403, gone),
        (400, gone), (200, "{}"), (500, gone),
    ])
    func noOtherAnswerProvesIt(_ status: Int, _ body: String) async throws {
        let answer = try await probe(emptied.merging([Self.session: (status, body)]) { $1 }, listedAnew: true)
        guard case .unknown = answer else {
            Issue.record("\(answer)")
            return
        }
    }

    @Test func aSessionThatItsEventStillShowsIsNotGone() async throws {
        let shown = try await probe([Self.session: (404, Self.gone)])
        guard case .unknown(let error?) = shown else {
            Issue.record("\(shown)")
            return
        }
        #expect(error.problem.contains("says that it is not there"), "\(error)")
        // The event is there, and what is below it is not: that proves nothing.
        let below = try await probe([Self.session: (404, Self.gone), Self.sessions: (404, Self.gone)])
        #expect(below != .gone)
        let unlisted = try await probe([Self.session: (404, Self.gone), Self.sessions: (200, #"{"value": []}"#)])
        #expect(unlisted == .gone)
    }

    @Test(arguments: [event, event + "/presenters"])
    func aSessionThatIsThereIsNotGoneWhateverElseIs(_ path: String) async throws {
        let answer = try await probe(
            [Self.list: (200, #"{"value": []}"#), path: (404, Self.gone)], listedAnew: true)
        #expect(answer != .gone && answer != .canceled)
    }

    @Test(arguments: [403, 404, 400])
    func anEventThatIsCanceledCancelsWhatCannotBeRead(_ status: Int) async throws {
        try await GraphServer.run(tenant(2)) { server in
            let world = try GraphWorld(server)
            let session = try #require(try await world.listing().sessions.first)
            server.edit { tenant in
                let body = tenant.answer(Self.list, skip: 0, base: "").body
                let canceled = body.replacing(
                    #""\#(GraphTenant.event(0))", "status": "published""#,
                    with: #""\#(GraphTenant.event(0))", "status": "canceled""#)
                tenant.edits[Self.list] = (200, canceled)
                tenant.edits[Self.sessions] = (status, Self.gone)
            }
            let listing = try await world.listing(known: [session.key])
            #expect(listing.canceledEvents == [session.key.event])
            #expect(listing.sessions.count == 1 && listing.failures.isEmpty, "\(listing.failures)")
        }
    }

    @Test func whatIsListedAndNotThereIsSaid() async throws {
        for path in [Self.session, Self.sessions] {
            try await GraphServer.run(tenant(2)) { server in
                server.edit { $0.edits[path] = (404, Self.gone) }
                let listing = try await GraphWorld(server).listing()
                #expect(listing.sessions.count == 1 && !listing.isComplete)
                #expect(listing.failures.count == 1, "\(listing.failures)")
                #expect(listing.failures.allSatisfy { $0.problem.contains("says that it is not there") })
            }
        }
    }

    @Test func aSelectionThatCannotBeReadHidesOnlyWhatItListed() async throws {
        try await GraphServer.run(tenant(3)) { server in
            let selections = "events: [{webinars: {by-user: ada}}, {webinars: {by-user: bob}}]"
            let world = try GraphWorld(server, selections)
            func path(_ user: String) -> String { "\(Self.list)/getByUserIdAndRole(userId='\(user)',role='organizer')" }
            let (ada, bob) = (path("ada"), path("bob"))
            server.edit { tenant in
                let all = JSONValue(Array(tenant.answer(Self.list, skip: 0, base: "").body.utf8))?["value"].items ?? []
                tenant.edits[ada] = (200, GraphAnswer.list([all[0], all[1]]))
                tenant.edits[bob] = (200, GraphAnswer.list([all[1], all[2]]))
            }
            let sessions = try await world.listing().sessions
            #expect(sessions.map { $0.selections?.count } == [1, 2, 1])
            server.edit { $0.edits[bob] = (403, GraphServer.forbidden) }
            let listing = try await world.listing(known: Set(sessions.map(\.key)))
            #expect(sessions.map(listing.mayHide) == [false, true, true])
            var old = sessions[0]
            old.selections = nil
            #expect(listing.mayHide(old))
        }
    }
}

/// Bodies of answers, made from parts of others.
enum GraphAnswer {
    static func list(_ items: [JSONValue]) -> String {
        var bytes: [UInt8] = []
        JSONValue.object(["value": .array(items)]).write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
