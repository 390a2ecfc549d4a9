import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

/// What `usher check --online` tells of a Graph that answers, but not with what the job needs.
@Suite("examining Graph")
struct GraphExaminationTests {
    private static let webinars = "/solutions/virtualEvents/webinars"
    private static let use = SourceUse(attendance: true, mailsAttendees: true)

    private func steps(_ server: GraphServer) async throws -> String {
        try await GraphWorld(server).source.examine(for: Self.use).map { step in
            if let error = step.error { return "✗ \(step.step): \(error)" }
            return "✓ \(step.step): \(step.result)" + (step.warning.map { " ! \($0)" } ?? "")
        }.joined(separator: "\n")
    }

    @Test func anEmptyPageWithANextLinkIsNoEmptyList() async throws {
        try await GraphServer.run { server in
            let link = "\(server.url)/v1.0\(Self.webinars)?$skiptoken=1"
            server.edit { $0.edits[Self.webinars] = (200, #"{"value": [], "@odata.nextLink": "\#(link)"}"#) }
            let text = try await steps(server)
            #expect(text.contains("list all webinars: 2 on the first page") && !text.contains("!"), "\(text)")
        }
    }

    @Test func whatCannotBeTriedForWantOfAnEventIsReadFromTheToken() async throws {
        try await GraphServer.run { server in
            server.edit { $0.events = 0 }
            let missing = try await steps(server)
            #expect(missing.contains("✗ permission OnlineMeetingArtifact.Read.All"), "\(missing)")
            server.permit(["VirtualEvent.Read.All", "OnlineMeetingArtifact.Read.All"])
            let good = try await steps(server)
            #expect(!good.contains("✗") && good.contains("no event ! "), "\(good)")
        }
    }

    @Test func presentersThatCannotBeReadFailNothing() async throws {
        try await GraphServer.run { server in
            let path = "\(Self.webinars)/\(GraphTenant.event(0))/presenters"
            server.edit { $0.edits[path] = (403, GraphServer.forbidden) }
            let text = try await steps(server)
            #expect(!text.contains("✗") && text.contains("messages will not name them"), "\(text)")
        }
    }

    @Test func aCanceledEventIsNotToldTwice() async throws {
        try await GraphServer.run { server in
            server.edit {
                $0.replacements = [
                    "\"isAttendeeEmailNotificationEnabled\": false": "\"isAttendeeEmailNotificationEnabled\": true",
                    "\"status\": \"published\"": "\"status\": \"canceled\"",
                ]
            }
            let text = try await steps(server)
            #expect(!text.contains("hear twice"), "\(text)")
        }
    }

    @Test func graphsOwnWordsNameThePolicyWhateverTheTokenHolds() async throws {
        try await GraphServer.run { server in
            server.edit { $0.edits[Self.webinars] = (403, GraphServer.forbidden) }
            server.permit([])
            let text = try await steps(server)
            #expect(text.contains("access was refused for want of an application access policy"), "\(text)")
            #expect(text.contains("Grant-CsApplicationAccessPolicy") && !text.contains("lacks the permission"))
        }
    }
}
