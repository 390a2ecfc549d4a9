import Testing
import UsherModel
import UsherPublishers

@Suite("how publications are divided")
struct DivisionTests {
    private func session(_ id: String, _ presenters: [(String, String)]) throws -> Session {
        let start = Instant(secondsSince1970: 1798759800)
        var session = Session(
            key: SessionKey(event: EventID(rawValue: "e/1"), session: SessionID(rawValue: id)),
            subject: Line(cleaning: id), start: start, end: start + .seconds(3600),
            zone: try ZoneID("Europe/Berlin") { _ in true }, joinURL: nil, status: .published)
        session.kind = .webinar
        session.presenters = presenters.map {
            Presenter(name: Line(cleaning: $0.0), jobTitle: Line(cleaning: ""), company: Line(cleaning: $0.1))
        }
        return session
    }

    @Test(arguments: [
        (PublicationSplit.session, "{event.id}/{session.id}.ics", ["e%2F1/a.ics": 1, "e%2F1/..%2Fb.ics": 1]),
        (.event, "{event.id}.ics", ["e%2F1.ics": 2]), (.kind, "{kind}.ics", ["webinar.ics": 2]),
        (.audience, "{audience}.ics", ["unknown.ics": 2]), (.timeZone, "{time-zone}.ics", ["Europe%2FBerlin.ics": 2]),
        (.presenter, "{presenter}.ics", ["Ada%20L.ics": 2, "%2Fetc%2Fpasswd.ics": 1]),
        (.company, "{company}.ics", ["Contoso.ics": 2]), (.day, "{day}.ics", ["2026-12-31.ics": 2]),
        (.month, "{month}.ics", ["2026-12.ics": 2]), (.year, "{year}.ics", ["2026.ics": 2]),
        (.attendee, "{attendee.token}.ics", [:]),
    ])
    func eachSessionStandsInThePartsItBelongsTo(
        _ split: PublicationSplit, _ pattern: String, _ expected: [String: Int]
    ) throws {
        let sessions = [
            try session("a", [("Ada L", "Contoso")]),
            try session("../b", [("Ada L", "Contoso"), ("/etc/passwd", ""), ("Ada L", "")]),
        ]
        let division = Division(pattern, split)
        let groups = division.groups(sessions) { $0 }.map {
            (location: division.location(of: $0.part), items: $0.items)
        }
        let fixed = expected.reduce(into: [String: Int]()) { fixed, entry in
            // A leading dot is encoded, so that no part means the folder above.
            fixed[entry.key.replacing("/..%2F", with: "/%2E.%2F")] = entry.value
        }
        #expect(Dictionary(uniqueKeysWithValues: groups.map { ($0.location, $0.items.count) }) == fixed)
        #expect(groups.map(\.location) == groups.map(\.location).sorted())
    }

    /// The token of RFC 2104's construction over the person's digest: Python's hmac and base64.b32encode give the same.
    @Test func aTokenIsTheSameForTheSamePersonAndSecretOnly() throws {
        let ada = Recipient.person(try Address("ada@example.com")).id
        let secret = Secret("0123456789abcdef0123456789abcdef")
        let token = AttendeeToken(of: ada, under: secret).text
        #expect(token == "unjslnxn62sd4syedm7y3o5rem")
        #expect(token != AttendeeToken(of: ada, under: Secret("0123456789abcdef0123456789abcdeg")).text)
        #expect(token != AttendeeToken(of: Recipient.person(try Address("bob@example.com")).id, under: secret).text)
        #expect(token == AttendeeToken(of: Recipient.person(try Address("ada@EXAMPLE.com")).id, under: secret).text)
    }
}
