import Testing
import UsherGraph
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("sessions and attendees from Microsoft Graph")
struct GraphSourceTests {
    private func tenant(_ events: Int, sessions: Int = 1, registrations: Int = 5) -> GraphTenant {
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations) = (events, sessions, registrations)
        return tenant
    }

    // MARK: What is read

    @Test func everySessionInTheWindowIsListedWhole() async throws {
        try await GraphServer.run(tenant(3, sessions: 2)) { server in
            let listing = try await GraphWorld(server).listing()
            #expect(listing.isComplete && listing.problems == [] && listing.failures == [])
            #expect(listing.sessions.count == 6)
            let session = try #require(listing.sessions.first { $0.subject.text == "Session 1.1" })
            #expect(session.key.event.rawValue == GraphTenant.event(1))
            #expect(session.start == Timestamp("2026-12-10T17:00:00Z")?.instant)
            #expect(session.joinURL?.text == "https://teams.microsoft.com/l/meetup-join/1-1")
            #expect(session.meetingID?.text == "123 456 781" && session.passcode?.text == "pw1")
            #expect(session.dialIns.first?.number.text == "+1 555 0100" && session.conferenceID?.text == "77")
            #expect(
                session.presenters.first?.name.text == "Ada 1" && session.presenters.first?.company.text == "Contoso")
            #expect(session.eventName.text == "Webinar 1" && session.details == "What & why")
            #expect(session.kind == .webinar && session.audience == .everyone && session.sourceMailsAttendees == false)
        }
    }

    @Test func everyoneRegisteredIsRead() async throws {
        var tenant = tenant(2, registrations: 1201)
        tenant.page = 700
        try await GraphServer.run(tenant) { server in
            let world = try GraphWorld(server)
            _ = try await world.listing()
            let people = try await world.people(1)
            #expect(people.count == 1201 && Set(people.map(\.registration)).count == 1201)
            let person = try #require(people.first { $0.registration.rawValue == "r-1-700" })
            #expect(person.address.text == "p1-700@example.com" && person.name.text == "P700 Çelik")
            #expect(person.zone?.name == "Europe/Berlin" && person.language?.text == "de-DE")
            #expect(person.answers.map(\.answer) == ["Red, Blue", "true"] && person.sessions == nil)
            #expect(person.registeredAt == Timestamp("2026-11-01T09:00:00Z")?.instant)
        }
    }

    @Test func whoeverChoseSomeSessionsIsAskedForThoseOnly() async throws {
        try await GraphServer.run(tenant(1, sessions: 3, registrations: 4)) { server in
            let world = try GraphWorld(server)
            _ = try await world.listing()
            let people = try await world.people(0)
            #expect(
                people.map { $0.sessions?.map(\.rawValue) ?? [] } == [
                    ["s0"], ["s0", "s1", "s2"], ["s0"], ["s0", "s1", "s2"],
                ])
        }
    }

    @Test(arguments: [
        "events: [{webinars: {by-user: u-1, role: organizer}}]",
        "events: [{webinars: {by-user: \"o'brien@x\", role: coOrganizer}}]",
        "events: [{webinar: \(GraphTenant.event(0))}, {webinar: \(GraphTenant.event(1))}, {townhall: none}]",
        "events: [{webinars: all}, {townhalls: all}], beta: true",
        "events: [{webinars: all}, {webinar: \(GraphTenant.event(1))}]",
    ])
    func everySelectionLeadsToItsEvents(_ events: String) async throws {
        try await GraphServer.run(tenant(2)) { server in
            let listing = try await GraphWorld(server, events).listing()
            #expect(listing.sessions.map(\.subject.text).sorted() == ["Session 0.0", "Session 1.0"])
            #expect(listing.isComplete && listing.failures == [])
        }
    }

    @Test func theSignedInUsersEventsNeedAUsersToken() async throws {
        try await GraphServer.run(tenant(1)) { server in
            let first = try GraphWorld(server)
            _ = try await first.listing()
            // Any token the server gave out will do.
            let token = try await first.source.client.token().reveal { $0 }
            let world = try GraphWorld(
                server, "events: [{webinars: {role: organizer}}]", auth: "auth: {kind: token, token: {env: TOKEN}}",
                environment: ["TOKEN": token])
            #expect(try await world.listing().sessions.count == 1)
        }
    }

    // MARK: How much is asked

    /// docs/graph.md, "How many calls".
    @Test func noMoreIsAskedThanIsDocumented() async throws {
        var tenant = tenant(45, sessions: 3, registrations: 250)
        tenant.page = 20
        try await GraphServer.run(tenant) { server in
            let world = try GraphWorld(server)
            let listing = try await world.listing()
            #expect(listing.sessions.count == 135)
            #expect(server.counts.answers == ["events": 3, "sessions": 45, "presenters": 45, "session": 135])
            // 3 pages of events; 45 lists of sessions, 45 of presenters and 135 sessions, 20 a batch.
            #expect(server.counts.requests == 3 + 3 + 3 + 7)
            #expect(server.counts.tokens == 1)
            server.countAnew()
            server.edit { $0.sessions = 1 }
            _ = try await world.listing()
            server.countAnew()
            _ = try await world.people(7)
            #expect(server.counts.answers == ["registrations": 13] && server.counts.requests == 13)
        }
    }

    @Test func eventsThatAreLongOverAreNotGoneInto() async throws {
        var tenant = tenant(30)
        tenant.start = "2026-11-10T15:00:00"
        try await GraphServer.run(tenant) { server in
            let world = try GraphWorld(server)
            #expect(try await world.listing().sessions.isEmpty)
            #expect(server.counts.answers == ["events": 1])
            let known = SessionKey(
                event: EventID(rawValue: GraphTenant.event(4)), session: SessionID(rawValue: "s0"))
            #expect(try await world.listing(known: [known]).sessions.map(\.key) == [known])
        }
    }

    @Test func whatIsExpectedIsFetchedAheadAndOnce() async throws {
        try await GraphServer.run(tenant(20, registrations: 3)) { server in
            let world = try GraphWorld(server)
            _ = try await world.listing()
            server.countAnew()
            await world.source.expect((0..<20).map { EventID(rawValue: GraphTenant.event($0)) })
            for number in 0..<20 { #expect(try await world.people(number).count == 3) }
            #expect(server.counts.answers == ["registrations": 20])
        }
    }

    // MARK: What is gone, and what only seems so

    @Test func aPartThatFailsLeavesTheRestAndProvesNothing() async throws {
        try await GraphServer.run(tenant(3)) { server in
            server.faults { path, _ in path.hasSuffix("\(GraphTenant.event(1))/sessions") ? .status(400) : nil }
            let listing = try await GraphWorld(server).listing()
            #expect(listing.sessions.map(\.subject.text) == ["Session 0.0", "Session 2.0"])
            #expect(!listing.isComplete && listing.failures.count == 1)
            #expect(listing.failures.first?.description.contains("request-id inner") == true, "\(listing.failures)")
        }
    }

    @Test func anEventThatIsNamedAndNotThereIsSaid() async throws {
        try await GraphServer.run(tenant(1)) { server in
            let listing = try await GraphWorld(server, "events: [{webinar: w9@x}, {webinar: \(GraphTenant.event(0))}]")
                .listing()
            #expect(listing.sessions.count == 1 && listing.isComplete)
            #expect(listing.problems.map(\.event?.rawValue) == ["w9@x"])
        }
    }

    // MARK: Records as they come

    @Test(arguments: [
        ("\"timeZone\": \"UTC\"", "\"timeZone\": \"Mars Standard Time\"", "unknown"),
        ("https://teams.microsoft.com", "https://teams.example.net", "host"),
        ("\"status\": \"published\"", "\"status\": \"unknownFutureValue\"", "status"),
    ])
    func aRecordThatCannotBeTakenIsRefusedAlone(_ from: String, _ to: String, _ word: String) async throws {
        try await GraphServer.run(tenant(2)) { server in
            server.edit { $0.replacements = [from: to] }
            let listing = try await GraphWorld(server).listing()
            #expect(listing.sessions.isEmpty)
            #expect(listing.problems.contains { $0.effect == .refused })
            #expect(listing.problems.allSatisfy { $0.problem.lowercased().contains(word) }, "\(listing.problems)")
        }
    }

    @Test func moreHostsCanBeAllowed() async throws {
        try await GraphServer.run(tenant(1)) { server in
            server.edit { $0.replacements = ["https://teams.microsoft.com": "https://meet.contoso.com"] }
            let world = try GraphWorld(server, "events: [{webinars: all}], join-hosts: [meet.contoso.com]")
            #expect(
                try await world.listing().sessions.first?.joinURL?.text.hasPrefix("https://meet.contoso.com/") == true)
        }
    }

    @Test func nullsAnywhereAndWordsFromTheFutureAreTaken() async throws {
        try await GraphServer.run(tenant(1, registrations: 1)) { server in
            server.edit {
                $0.replacements = [
                    "\"audience\": \"everyone\"": "\"audience\": null",
                    "\"description\": {\"contentType\": \"html\", \"content\": \"<p>What &amp; why</p>\"}":
                        "\"description\": null",
                    "\"settings\": {\"isAttendeeEmailNotificationEnabled\": false}": "\"settings\": null",
                    "\"audioConferencing\": {\"tollNumber\": \"+1 555 0100\", \"conferenceId\": \"77\"}":
                        "\"audioConferencing\": null",
                    "\"presenterDetails\": {\"jobTitle\": \"Engineer\", \"company\": \"Contoso\"}":
                        "\"presenterDetails\": null",
                    "\"status\": \"registered\"": "\"status\": \"onParole\"",
                    "\"firstName\": \"P0\"": "\"firstName\": null",
                    "\"preferredTimezone\": \"W. Europe Standard Time\"": "\"preferredTimezone\": null",
                ]
            }
            let world = try GraphWorld(server)
            let session = try #require(try await world.listing().sessions.first)
            #expect(session.audience == .unknown && session.details == "" && session.sourceMailsAttendees == nil)
            #expect(session.dialIns == [] && session.presenters.first?.jobTitle.text == "")
            let pages = try await world.source.attendees(of: session.key.event)
            let page = try #require(try await pages.next())
            #expect(page.attendees.first?.status == .unknown && page.attendees.first?.zone == nil)
            #expect(page.problems.map(\.effect) == [.repaired])
        }
    }
}
