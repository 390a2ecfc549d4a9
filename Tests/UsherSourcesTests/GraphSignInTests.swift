import Foundation
import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("signing in to Microsoft Graph")
struct GraphSignInTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let application =
        "tenant: {env: TENANT}, auth: {kind: client-secret, client-id: {env: CLIENT}, client-secret: {env: SECRET}}"
    private static let certificate =
        "tenant: {env: TENANT}, auth: {kind: certificate, client-id: {env: CLIENT}, certificate: {file: both.pem}}"

    @Test func aCertificateSignsIn() async throws {
        let pem = try GraphServer.makeCertificate(in: folder)
        try folder.write(pem, to: "both.pem")
        try await GraphServer.run { server in
            let world = try GraphWorld(server, auth: Self.certificate, folder: folder.path)
            let refused = await #expect(throws: SourceError.self) { try await world.listing() }
            #expect(refused?.problem.contains("AADSTS700027") == true, "\(String(describing: refused))")
            server.accept(certificate: pem)
            #expect(try await world.listing().sessions.count == 3)
        }
    }

    @Test(arguments: [
        ("nothing", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no private key"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nhush\n-----END ENCRYPTED PRIVATE KEY-----",
            "encrypted"
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----",
            "no RSA key"
        ),
    ])
    func aTextThatIsNoCertificateWithItsKeyIsSaidToBeNone(_ pem: String, _ words: String) async throws {
        try folder.write(pem, to: "both.pem")
        try await GraphServer.run { server in
            let world = try GraphWorld(server, auth: Self.certificate, folder: folder.path)
            let error = await #expect(throws: SourceError.self) { try await world.listing() }
            #expect(
                error?.code == .refusedCredentials && error?.problem.contains(words) == true,
                "\(String(describing: error))")
            #expect(error?.description.contains("hush") == false)
            #expect(server.counts.tokens == 0)
        }
    }

    @Test func aFederatedTokenFileSignsIn() async throws {
        try folder.write("federated-token\n", to: "token")
        let environment = [
            "AZURE_FEDERATED_TOKEN_FILE": folder.path("token"), "AZURE_CLIENT_ID": GraphServer.client,
            "AZURE_TENANT_ID": GraphServer.tenant,
        ]
        try await GraphServer.run { server in
            let world = try GraphWorld(server, auth: "auth: {kind: workload-identity}", environment: environment)
            #expect(try await world.listing().sessions.count == 3)
            for missing in environment.keys {
                let less = environment.filter { $0.key != missing }
                let world = try GraphWorld(server, auth: "auth: {kind: workload-identity}", environment: less)
                let error = await #expect(throws: SourceError.self) { try await world.listing() }
                #expect(error?.description.contains(missing) == true, "\(String(describing: error))")
            }
        }
    }

    @Test(arguments: [true, false]) func theMachinesIdentitySignsIn(_ isAppService: Bool) async throws {
        try await GraphServer.run { server in
            let environment =
                isAppService
                ? ["IDENTITY_ENDPOINT": server.url + "/msi/oauth2/token", "IDENTITY_HEADER": "machine"]
                : ["AZURE_POD_IDENTITY_AUTHORITY_HOST": server.url]
            // Both endpoints end in a path that the server knows as a sign-in.
            let world = try GraphWorld(server, auth: "auth: {kind: managed-identity}", environment: environment)
            #expect(try await world.listing().sessions.count == 3)
        }
    }

    @Test func aTokenIsAskedForOnceAndRenewedEarly() async throws {
        try await GraphServer.run { server in
            let world = try GraphWorld(server)
            _ = try await world.listing()
            world.clock.pass(.seconds(3000))
            _ = try await world.listing()
            #expect(server.counts.tokens == 1)
            world.clock.pass(.seconds(400))
            _ = try await world.listing()
            #expect(server.counts.tokens == 2)
        }
    }

    @Test func aTokenThatEndsUnderWayIsReplacedOnce() async throws {
        try await GraphServer.run { server in
            let world = try GraphWorld(server)
            _ = try await world.listing()
            server.endTokens()
            #expect(try await world.listing().sessions.count == 3)
            #expect(server.counts.tokens == 2)
        }
    }

    @Test func aReadyTokenThatHasEndedIsRefusedAndNotTriedForEver() async throws {
        try await GraphServer.run { server in
            let world = try GraphWorld(
                server, auth: "auth: {kind: token, token: {env: TOKEN}}", environment: ["TOKEN": "hush"])
            let error = await #expect(throws: SourceError.self) { try await world.listing() }
            #expect(error?.code == .refusedCredentials && error?.description.contains("hush") == false)
            #expect(server.counts.requests == 2)
        }
    }

    // MARK: What an administrator reads

    @Test func eachMistakeIsToldFromTheOthers() async throws {
        var text = ""
        try await GraphServer.run { server in
            func look(_ name: String, _ change: [String: String], more: String = "events: [{webinars: all}]")
                async throws
            {
                let environment = GraphServer.environment.merging(change) { $1 }
                let steps = try await GraphWorld(server, more, auth: Self.application, environment: environment).source
                    .examine(for: SourceUse(attendance: true, mailsAttendees: true))
                text +=
                    "## \(name)\n"
                    + steps.map { step in
                        (step.error.map { "✗ \(step.step): \($0)" } ?? "✓ \(step.step): \(step.result)")
                            + (step.warning.map { "\n  ! \($0)" } ?? "")
                    }.joined(separator: "\n").replacing(server.url, with: "URL") + "\n"
            }
            try await look("all well", [:])
            try await look("wrong tenant", ["TENANT": "nowhere.example"])
            try await look("another cloud", ["TENANT": "elsewhere.example"])
            try await look("wrong client", ["CLIENT": "other"])
            try await look("wrong secret", ["SECRET": "hush"])
            try await look("expired secret", ["SECRET": "expired"])
            try await look("no secret", ["SECRET": ""])
            let path = "/solutions/virtualEvents/webinars"
            server.edit {
                $0.edits[path + "/getByUserIdAndRole(userId='u',role='organizer')"] = (403, GraphServer.forbidden)
            }
            server.edit {
                $0.edits[path + "/getByUserIdAndRole(userId='n',role='organizer')"] = (200, #"{"value": []}"#)
                $0.edits[path + "/getByUserIdAndRole(userId='n',role='coOrganizer')"] = (200, #"{"value": []}"#)
                $0.edits[path + "/getByUserIdAndRole(userId='c',role='organizer')"] = (200, #"{"value": []}"#)
                $0.edits[path + "/getByUserIdAndRole(userId='p',role='organizer')"] = (200, #"{"value": []}"#)
                $0.edits[path + "/getByUserIdAndRole(userId='p',role='coOrganizer')"] = (403, GraphServer.forbidden)
            }
            try await look(
                "nothing listed", [:],
                more:
                    "events: [{webinars: {by-user: n}}, {webinars: {by-user: c}}, {webinars: {by-user: p}}, {townhalls: all}]"
            )
            server.edit { tenant in
                tenant.sessions = 2
                tenant.replacements = [
                    "\"isAttendeeEmailNotificationEnabled\": false": "\"isAttendeeEmailNotificationEnabled\": true"
                ]
            }
            try await look("several sessions, and Teams mails as well", [:])
            server.edit { $0.registrations = 0 }
            try await look("nobody registered yet", [:])
            server.edit { tenant in (tenant.sessions, tenant.registrations, tenant.replacements) = (1, 5, [:]) }
            try await look("no access policy", [:], more: "events: [{webinars: {by-user: u}}, {webinars: all}]")
            server.takePermission()
            try await look("no permission", [:])
        }
        let dead = try Loopback.deadPort()
        try await GraphServer.run { server in
            let steps = try await GraphWorld(server, port: dead).source.examine(
                for: SourceUse(attendance: true, mailsAttendees: true))
            text +=
                "## no network\n"
                + steps.map { "✗ \($0.step): \($0.error.map { "\($0)" } ?? "fine?")" }.joined(separator: "\n")
                .replacing("http://127.0.0.1:\(dead)", with: "URL").replacing("port \(dead)", with: "port PORT") + "\n"
        }
        #expect(!text.contains("hush") && !text.contains(GraphServer.secret))
        try expectGolden(text, "examine.txt")
    }
}
