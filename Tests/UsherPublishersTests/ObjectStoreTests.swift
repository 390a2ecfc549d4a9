import Testing
import UsherModel
import UsherPublishers
import UsherTesting

/// Publications to a store that is compatible with S3 and checks every signature.
@Suite("publications to S3")
struct ObjectStoreTests {
    private func store(_ body: (PublicationFixture, _ keys: String) async throws -> Void) async throws {
        var fixture = try PublicationFixture()
        try await fixture.serve(["s3", "feeds"]) { base, keys in
            try #require(keys.count == 2)
            fixture.environment["ACCESS"] = keys[0]
            fixture.environment["SECRET"] = keys[1]
            try await body(
                fixture,
                ", endpoint: \"\(base)\", region: eu-central-1, access-key: {env: ACCESS}, secret-key: {env: SECRET}")
        }
    }

    /// Each octet of the path is signed as it is sent: blanks, plus signs, letters beyond ASCII.
    @Test func anObjectIsMadeLeftAloneAndReplaced() async throws {
        try await store { fixture, keys in
            for name in ["feed.ics", "a/b c+d.ics", "%C3%BC/caf\u{E9}@x.ics"] {
                let url = "s3://feeds/\(name)"
                let first = try await fixture.put("one", url, keys + ", cache-control: max-age=300")
                #expect(first.outcome == .written && first.mark.entityTag != nil, "\(name)")
                let second = try await fixture.put("one", url, keys, known: first.mark)
                #expect(second.outcome == .unchanged && second.mark == first.mark)
                let forgotten = try await fixture.put("one", url, keys)
                #expect(forgotten.outcome == .unchanged && forgotten.mark == first.mark)
                let third = try await fixture.put("three", url, keys, known: first.mark)
                #expect(third.outcome == .written && third.mark.entityTag != first.mark.entityTag)
            }
        }
    }

    @Test func whatSomeoneElseWroteIsNoticedAndKept() async throws {
        try await store { fixture, keys in
            let url = "s3://feeds/feed.ics"
            let first = try await fixture.put("ours", url, keys)
            let theirs = try await fixture.put("theirs", url, keys, known: first.mark)
            for text in ["ours", "ours, newer"] {
                let error = await #expect(throws: PublishError.self) {
                    try await fixture.put(text, url, keys, known: first.mark)
                }
                #expect(error?.code == .lostRace)
            }
            let still = try await fixture.put("theirs", url, keys, known: theirs.mark)
            #expect(still.outcome == .unchanged)
        }
    }

    @Test func aWrongKeyAndAMissingBucketAreSaidAsTheyAre() async throws {
        try await store { fixture, keys in
            let wrong = await #expect(throws: PublishError.self) {
                try await fixture.put(
                    "one", "s3://feeds/feed.ics", keys.replacing("{env: SECRET}", with: "{env: WRONG}"))
            }
            #expect(wrong?.code == .refusedCredentials && wrong?.description.contains("wrong") == false)
            let missing = await #expect(throws: PublishError.self) {
                try await fixture.put("one", "s3://no-such-bucket/feed.ics", keys)
            }
            #expect(missing?.code == .cannotWrite && missing?.description.contains("bucket") == true)
        }
    }

    /// A store that answers 501 to conditions on PUT is compared once more, then written without them.
    @Test func aStoreWithoutConditionsIsWrittenAfterALook() async throws {
        let absent = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let unknown = "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let done = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let server = try ScriptedServer([absent, unknown, absent, done].map { [.read, .send($0)] })
        defer { server.stop() }
        var fixture = try PublicationFixture()
        fixture.environment["TOKEN"] = "for-a-while"
        let result = try await fixture.put(
            "one", "s3://feeds/a b.ics",
            ", endpoint: \"\(server.url)\", access-key: {env: USER}, secret-key: {env: WORD}, session-token: {env: TOKEN}"
        )
        #expect(result.outcome == .written && result.mark.entityTag == "\"1\"")
        #expect(server.requests.map { $0.prefix(3) } == ["GET", "PUT", "GET", "PUT"])
        #expect(server.requests[1].contains("If-None-Match: *\r\n"))
        #expect(!server.requests[3].contains("If-None-Match"))
        for request in server.requests {
            #expect(request.contains(" /feeds/a%20b.ics HTTP/1.1\r\n"))
            #expect(request.contains("x-amz-security-token: for-a-while\r\n"))
            #expect(request.contains("Authorization: AWS4-HMAC-SHA256 Credential=ada/"))
            #expect(request.contains("/us-east-1/s3/aws4_request, SignedHeaders="))
        }
    }

    @Test(arguments: [
        ("s3://feeds/a.ics", ", region: eu-west-1", "https://feeds.s3.eu-west-1.amazonaws.com/a.ics"),
        (
            "s3://feeds.contoso.com/a.ics", ", region: eu-west-1",
            "https://s3.eu-west-1.amazonaws.com/feeds.contoso.com/a.ics"
        ),
        ("s3://feeds/a.ics", ", endpoint: \"https://minio.example/\"", "https://minio.example/feeds/a.ics"),
        ("s3://feeds/a.ics", ", endpoint: \"https://r2.example\", path-style: false", "https://feeds.r2.example/a.ics"),
        ("s3://feeds/a.ics", ", region: eu-west-1, path-style: true", "https://s3.eu-west-1.amazonaws.com/feeds/a.ics"),
    ])
    func theBucketStandsWhereTheStoreWantsIt(_ to: String, _ keys: String, _ url: String) throws {
        let destination = try PublicationFixture().destination(
            "to: \"\(to)\"\(keys), access-key: {env: A}, secret-key: {env: S}")
        #expect(destination.pattern == url)
    }
}
