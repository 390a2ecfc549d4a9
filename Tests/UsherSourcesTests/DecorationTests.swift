import ICalendar
import Testing
import UsherModel
import UsherTesting
import UsherText

@testable import UsherSources

/// docs/graph.md, "What Usher cannot do without".
@Suite("decoration refuses nothing")
struct DecorationTests {
    private static let decoder = RecordDecoder(zones: TimeZoneDatabase(), joinHosts: ["teams.microsoft.com"])

    private static let event = """
        {"id": "e1", "@odata.type": "#microsoft.graph.virtualEventWebinar", "status": "published", "displayName": "Roofs",
         "description": {"contentType": "html", "content": "<p>What &amp; why</p>"}, "audience": "everyone",
         "startDateTime": {"dateTime": "2026-12-10T15:00:00.0000000", "timeZone": "UTC"},
         "endDateTime": {"dateTime": "2026-12-10T16:00:00.0000000", "timeZone": "UTC"},
         "createdBy": {"user": {"id": "u", "displayName": "Ada", "tenantId": "t"}, "application": null},
         "coOrganizers": [{"id": "c", "displayName": "Grace"}], "externalEventInformation": [{"applicationId": "a"}],
         "presenters": [{"id": "p", "email": "ada@example.com", "identity": {"displayName": "Ada"}, "displayName": "Ada",
           "presenterDetails": {"jobTitle": "Engineer", "company": "Contoso", "bio": {"content": "x"}, "photo": "x"}}],
         "settings": {"isAttendeeEmailNotificationEnabled": false}, "sessions": []}
        """
    private static let session = """
        {"id": "s1", "subject": "Seats", "startDateTime": {"dateTime": "2026-12-10T15:00:00.0000000", "timeZone": "UTC"},
         "endDateTime": {"dateTime": "2026-12-10T16:00:00", "timeZone": "UTC"}, "joinWebUrl": "https://teams.microsoft.com/l/a",
         "videoOnDemandWebUrl": "https://teams.microsoft.com/v/1", "participants": {"organizer": {"upn": "x"}, "attendees": []},
         "joinMeetingIdSettings": {"joinMeetingId": "123 456", "passcode": "pw", "isPasscodeRequired": true},
         "audioConferencing": {"tollNumber": "+1 555 0100", "tollFreeNumber": "+1 800", "conferenceId": "77",
           "tollNumbers": ["+1 555 0100", "+1 555 0101"], "tollFreeNumbers": ["+1 800"], "dialinUrl": "https://x"},
         "isBroadcast": null, "broadcastSettings": {"allowedAudience": "everyone"}, "capabilities": ["questionAndAnswer"],
         "chatInfo": {"threadId": "19:x", "messageId": "0"}, "lobbyBypassSettings": {"scope": "everyone"},
         "allowAttendeeToEnableCamera": true, "recordAutomatically": false, "registration": {"id": "r"}}
        """
    private static let registration = """
        {"id": "r1", "email": "p@example.com", "status": "registered", "firstName": "Pia", "lastName": "Çelik", "userId": "u",
         "registrationDateTime": "2026-11-01T09:00:00.12Z", "cancelationDateTime": null, "preferredLanguage": "de-de",
         "preferredTimezone": "W. Europe Standard Time", "externalRegistrationInformation": {"referrer": "x"},
         "registrationQuestionAnswers": [
           {"questionId": "q1", "displayName": "Team", "value": null, "booleanValue": null, "multiChoiceValues": ["Red", "Blue"]},
           {"questionId": "q2", "displayName": "First time?", "value": "x", "booleanValue": true, "multiChoiceValues": []}]}
        """

    private static let values: [JSONValue] = [
        .null, .bool(true), .bool(false), .number("0"), .number("-7"), .number("1e400"), "", "  ", "x",
        "\u{0}\r\n\u{202E}",
        "http://example.com/", "https://elsewhere.example/", "2026-13-45T99:99:99", "0000-00-00", "<p>",
        "tzone://Microsoft/Custom",
        .string(String(repeating: "ä", count: 40_000)), [], [.null, 1.json, "a", ["b"], [:]], [:], ["id": 5.json],
        ["value": ["id": "other"]], ["content": 7.json, "contentType": []], ["dateTime": "x", "timeZone": "y"],
        .array(Array(repeating: ["displayName": "x", "identity": ["displayName": "y"]], count: 1500)),
    ]

    // MARK: Reading

    private struct Facts: Hashable {
        let key: SessionKey
        let start: Instant
        let end: Instant
        let link: JoinURL?
        let status: SessionStatus
    }

    private static func facts(_ event: JSONValue, _ session: JSONValue) throws -> Facts {
        var repairs: RecordDecoder.Repairs = []
        let event = try decoder.event(event, kind: .webinar, &repairs)
        let decoded = try decoder.session(session, of: event, &repairs)
        #expect(repairs.count < 2100 && repairs.allSatisfy { $0.utf8.count < 1000 })
        return Facts(
            key: decoded.key, start: decoded.start, end: decoded.end, link: decoded.joinURL, status: decoded.status)
    }

    private func expect(_ right: Facts, _ event: JSONValue, _ session: JSONValue) {
        do {
            let facts = try Self.facts(event, session)
            #expect(facts == right, "\(event) \(session)")
        } catch {
            Issue.record("\(error): \(event) \(session)")
        }
    }

    private static func tree(_ text: String) throws -> JSONValue { try #require(JSONValue(Array(text.utf8))) }

    /// Calls with every variant of a tree in which one value, whatever contains it, is another; but not those of these members at the top.
    private static func variants(of tree: JSONValue, except essential: Set<String>, _ body: (JSONValue) throws -> Void)
        rethrows
    {
        for path in tree.paths where !(path.first?.name.map { essential.contains($0) } ?? true) {
            for value in values { try body(tree.replacing(path[...], with: value)) }
        }
    }

    @Test func noValueOfASessionRefusesIt() throws {
        let (event, session) = (try Self.tree(Self.event), try Self.tree(Self.session))
        let right = try Self.facts(event, session)
        var count = 0
        Self.variants(of: session, except: Essentials.session) { variant in
            count += 1
            expect(right, event, variant)
        }
        Self.variants(of: event, except: Essentials.event) { variant in
            count += 1
            expect(right, variant, session)
        }
        #expect(count > 1500)
    }

    @Test func noValueOfARegistrationRefusesIt() throws {
        let tree = try Self.tree(Self.registration)
        Self.variants(of: tree, except: Essentials.registration) { variant in
            do {
                var repairs: RecordDecoder.Repairs = []
                let person = try Self.decoder.attendee(variant, event: EventID(rawValue: "e1"), &repairs)
                #expect(person.registration.rawValue == "r1" && person.address.text == "p@example.com")
                #expect(person.status == .registered && person.sessions == nil)
            } catch {
                Issue.record("\(error): \(variant)")
            }
        }
    }

    @Test func manyValuesAtOnceRefuseNothing() throws {
        var random = Seeded(7)
        let (event, session) = (try Self.tree(Self.event), try Self.tree(Self.session))
        let right = try Self.facts(event, session)
        for _ in 0..<400 {
            var (one, other) = (event, session)
            // One of the two names must remain.
            let names: Set<String> = [random.once(in: 2) ? "subject" : "displayName"]
            for _ in 0..<12 {
                one = one.changed(&random, Self.values, except: Essentials.event.union(names))
                other = other.changed(&random, Self.values, except: Essentials.session.union(names))
            }
            expect(right, one, other)
        }
    }

    @Test func whatIsLeftOutIsSaid() throws {
        var repairs: RecordDecoder.Repairs = []
        let event = try Self.decoder.event(
            try Self.tree(Self.event.replacing("\"everyone\"", with: "5")), kind: .webinar, &repairs)
        #expect(repairs == ["audience is a number: left out"])
        for (from, to, words) in [
            (
                "https://teams.microsoft.com/v/1", "http://teams.microsoft.com/v/1",
                "videoOnDemandWebUrl: expected https://: left out"
            ),
            ("https://teams.microsoft.com/v/1", " ", "videoOnDemandWebUrl: expected https://: left out"),
            ("\"pw\"", "[]", "passcode is a list: left out"), ("\"77\"", "77", "conferenceId is a number: left out"),
            ("\"Seats\"", "{}", "subject is an object: left out"),
        ] {
            repairs = []
            let text = Self.session.replacing(from, with: to)
            _ = try Self.decoder.session(try Self.tree(text), of: event, &repairs)
            #expect(repairs == [words])
        }
    }

    @Test(arguments: [
        ("id", "5"), ("startDateTime", "null"), ("startDateTime", "[]"), ("endDateTime", "\"soon\""),
        ("joinWebUrl", "7"),
        ("joinWebUrl", "\"https://elsewhere.example/\""), ("isCanceled", "\"yes\""), ("status", "{}"),
    ])
    func whatIsEssentialRefusesTheSession(_ name: String, _ value: String) throws {
        let event = try Self.tree(Self.event)
        let session = try Self.tree(Self.session).replacing(
            [JSONValue.Step(name: name, index: nil)], with: try Self.tree(value))
        #expect(throws: RecordDecoder.Refused.self) { try Self.facts(event, session) }
    }

    // MARK: Zones

    /// The zone of the event, the zone of the session, what is added to its time, and where and when it is.
    @Test(arguments: [
        ("PacificSt", nil, "", "America/Los_Angeles", "23:00"), ("PacificSt", "UTC", "", "UTC", "15:00"),
        ("tzone://Microsoft/Custom", "UTC", "", "UTC", "15:00"), ("", "UTC", "", "UTC", "15:00"),
        ("Mars Standard Time", "CentralEuropeSt", "", "Europe/Budapest", "14:00"),
        ("tzone://Microsoft/Custom", "tzone://Microsoft/Utc", "", "UTC", "15:00"), ("UTC", "", "", "UTC", "15:00"),
        ("tzone://Microsoft/Custom", nil, "Z", "UTC", "15:00"), ("Mars", "Venus", "+01:00", "UTC", "14:00"),
        ("PacificSt", "tzone://Microsoft/Custom", "Z", "America/Los_Angeles", "15:00"), ("", "", "Z", "UTC", "15:00"),
    ])
    func aZoneThatIsNotNeededRefusesNothing(
        _ ofEvent: String, _ ofSession: String?, _ offset: String, _ name: String, _ start: String
    ) throws {
        var repairs: RecordDecoder.Repairs = []
        let event = try Self.decoder.event(
            try Self.tree(Self.event.replacing("\"UTC\"", with: "\"\(ofEvent)\"")), kind: .webinar, &repairs)
        #expect(repairs == [])
        let zone = ofSession.map { "\"\($0)\"" } ?? "null"
        let text = Self.session.replacing("\"UTC\"", with: zone).replacing(
            "00.0000000\"", with: "00.0000000\(offset)\""
        )
        .replacing("16:00:00\"", with: "16:00:00\(offset)\"")
        let session = try Self.decoder.session(try Self.tree(text), of: event, &repairs)
        #expect(session.zone.name == name && session.start == Timestamp("2026-12-10T\(start):00Z")?.instant)
        #expect(session.end == session.start + .seconds(3600))
        let isReplaced = !offset.isEmpty && ofSession.map { $0 != "" } ?? false
        #expect(repairs.count == (isReplaced ? 1 : 0), "\(repairs)")
    }

    @Test(arguments: [("Mars", nil), ("UTC", "Mars"), ("", ""), ("tzone://Microsoft/Custom", nil), ("UTC", "7")])
    func aTimeThatNoZoneMakesCertainIsRefused(_ ofEvent: String, _ ofSession: String?) throws {
        let event = try Self.tree(Self.event.replacing("\"UTC\"", with: "\"\(ofEvent)\""))
        let zone = ofSession.map { $0 == "7" ? "7" : "\"\($0)\"" } ?? "null"
        let session = try Self.tree(Self.session.replacing("\"UTC\"", with: zone))
        #expect(throws: RecordDecoder.Refused.self) { try Self.facts(event, session) }
    }

    // MARK: Presenters

    private func tenant(_ events: Int) -> GraphTenant {
        var tenant = GraphTenant()
        tenant.events = events
        return tenant
    }

    @Test(arguments: [
        GraphServer.Fault.status(500), .status(503), .throttle(60), .throttle(4000), .status(403), .status(404),
        .cutBody,
        .garbage,
    ])
    func presentersThatCannotBeReadDelayNothing(_ fault: GraphServer.Fault) async throws {
        try await GraphServer.run(tenant(45)) { server in
            let world = try GraphWorld(server)
            let before = try await world.listing()
            await world.source.recall(
                before.sessions.prefix(1).map {
                    SessionMemory(session: $0, revision: 0, revisedAt: $0.start, firstSeenAt: $0.start)
                })
            server.countAnew()
            server.faults { path, _ in path.hasSuffix("/presenters") ? fault : nil }
            let listing = try await world.listing()
            #expect(listing.sessions.count == 45 && listing.isComplete && listing.failures == [])
            #expect(listing.problems == [], "\(listing.problems)")
            #expect(
                listing.remarks.count == 1 && listing.remarks[0].contains("presenters of 45 events"),
                "\(listing.remarks)")
            #expect(
                listing.sessions.filter { !$0.presenters.isEmpty }.map(\.key) == before.sessions.prefix(1).map(\.key))
            #expect(world.clock.pauses == [])
            // As many as when all is well.
            #expect(server.counts.requests == 1 + 3 + 3 + 3)
        }
    }

    @Test func aSilentServerOfPresentersIsLeftSoon() async throws {
        try await GraphServer.run(tenant(200)) { server in
            server.fallSilent { $0.contains("/presenters") }
            let world = try GraphWorld(server)
            let listing = try await world.listing()
            #expect(listing.sessions.count == 200 && listing.problems == [])
            // The first four batches are sent at once; the other six are not sent any more.
            #expect(server.counts.silences == 4)
        }
    }
}

extension Int {
    fileprivate var json: JSONValue { .integer(self) }
}

extension JSONValue {
    /// One step into a value.
    fileprivate struct Step: Hashable {
        let name: String?
        let index: Int?
    }

    /// The paths of all values inside.
    fileprivate var paths: [[Step]] {
        switch self {
        case .array(let items):
            items.enumerated().flatMap { index, item in
                ([[]] + item.paths).map { [Step(name: nil, index: index)] + $0 }
            }
        case .object(let object):
            object.members.flatMap { member in
                ([[]] + member.value.paths).map { [Step(name: member.name, index: nil)] + $0 }
            }
        case .null, .bool, .number, .string: []
        }
    }

    fileprivate func replacing(_ path: ArraySlice<Step>, with value: JSONValue) -> JSONValue {
        guard let step = path.first else { return value }
        switch self {
        case .array(var items):
            guard let index = step.index, index < items.count else { return self }
            items[index] = items[index].replacing(path.dropFirst(), with: value)
            return .array(items)
        case .object(let object):
            var copy = JSONObject()
            var isThere = false
            for member in object.members {
                let isMeant = member.name == step.name
                isThere = isThere || isMeant
                copy.append(member.name, isMeant ? member.value.replacing(path.dropFirst(), with: value) : member.value)
            }
            if !isThere, let name = step.name, path.count == 1 { copy.append(name, value) }
            return .object(copy)
        case .null, .bool, .number, .string: return self
        }
    }

    /// With one value, chosen at random, replaced by another.
    fileprivate func changed(_ random: inout Seeded, _ values: [JSONValue], except: Set<String>) -> JSONValue {
        let open = paths.filter { !($0.first?.name.map { except.contains($0) } ?? true) }
        guard !open.isEmpty else { return self }
        return replacing(random.one(of: open)[...], with: random.one(of: values))
    }
}
