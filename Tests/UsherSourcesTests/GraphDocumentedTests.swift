import Foundation
import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("the answers that Graph's documentation shows")
struct GraphDocumentedTests {
    private static let event = "88b245ac-b0b2-f1aa-e34a-c81c27abdac2@f9448ec4-804b-46af-b810-62085248da33"

    private func tenant() throws -> GraphTenant {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/documented.json")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let answers = try #require(object?["answers"] as? [String: Any])
        var tenant = GraphTenant()
        for (path, answer) in answers {
            let body = String(decoding: try JSONSerialization.data(withJSONObject: answer), as: UTF8.self)
            let full = path.replacing("EVENT", with: "/solutions/virtualEvents/webinars/\(Self.event)")
            tenant.edits[full] = (200, body)
        }
        return tenant
    }

    @Test func areTakenAsTheyStand() async throws {
        try await GraphServer.run(try tenant()) { server in
            let world = try GraphWorld(server)
            let summer = Window(
                from: Timestamp("2023-03-01T00:00:00Z")?.instant ?? .distantPast,
                until: Timestamp("2023-10-01T00:00:00Z")?.instant ?? .distantPast)
            let listing = try await world.source.listing(in: summer, known: [])
            #expect(listing.isComplete && listing.problems == [] && listing.failures == [], "\(listing.problems)")
            let session = try #require(listing.sessions.first)
            #expect(listing.sessions.count == 1 && session.key.event.rawValue == Self.event)
            #expect(session.start == Timestamp("2023-08-08T12:30:00Z")?.instant)
            #expect(session.end == Timestamp("2023-08-09T22:00:00Z")?.instant)
            #expect(session.zone.name == "America/Los_Angeles" && session.subject.text == "Session one")
            #expect(session.joinURL?.text.hasSuffix("%221cd068e4-5b08-4e75-a7f9-7b4e067a0820%22%7d") == true)
            #expect(session.presenters.map(\.name.text) == ["Diane Demoss", "Kenneth Brown"])
            #expect(session.details.hasPrefix("Discusses how technology"))

            let pages = try await world.source.attendees(of: session.key.event)
            let page = try #require(try await pages.next())
            let person = try #require(page.attendees.first)
            #expect(page.problems == [] && person.address.text == "EmileeMPham@contoso.com")
            #expect(person.answers.map(\.answer) == ["Seattle", "true", "Cancun, Hoboken, Beijing"])
            #expect(person.registeredAt == Timestamp("2023-03-07T22:04:17Z")?.instant)

            guard case .reports(let attendance) = try await world.source.attendance(of: session) else {
                Issue.record("the report was not taken")
                return
            }
            #expect(try await attendance.next()?.map(\.seconds) == [322, 314])
        }
    }
}
