import Testing

@testable import UsherTransfer

@Suite struct TypeTests {
    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "\u{7f}", "\u{1b}[2J"])
    func aHeaderValueCannotEndItsLine(_ value: String) throws {
        let error = #expect(throws: TransferError.self) { try HeaderField("X-Title", value) }
        #expect(error?.code == .badRequest)
        #expect(error?.description.contains(value) == false)
    }

    @Test(arguments: ["", "X Title", "X:Title", "X\r\nTitle", "Zoë", "Content-Length", "transfer-encoding", "Expect"])
    func aHeaderNameIsATokenThatTheClientDoesNotSetItself(_ name: String) {
        #expect(throws: TransferError.self) { try HeaderField(name, "1") }
    }

    @Test(arguments: [
        ("https://h.example/a/b?q=1#f", "https://h.example/a/b", "https://h.example", 443),
        ("http://h.example", "http://h.example/", "http://h.example", 80),
        ("HTTPS://h.example:8443/%2e/x", "https://h.example:8443/%2e/x", "https://h.example:8443", 8443),
        ("http://[::1]:81/../x", "http://[::1]:81/../x", "http://[::1]:81", 81),
    ])
    func aURLShowsItsLocationOnly(text: String, location: String, origin: String, port: Int) throws {
        let url = try HTTPURL(text)
        #expect(url.location == location)
        #expect(url.origin == origin)
        #expect(url.port == port)
        #expect("\(url)" == location)
    }

    @Test(arguments: [
        "", "hush.example", "/hush", "file:///hush", "ftp://hush.example/", "smtp://hush.example/", "https://",
        "https://hush@h.example/", "https://u:hush@h.example/", "https://h.example/a hush",
        "https://h.example/\r\nX: hush", "https://h.example/hush/é", "https://h.example:0x/hush",
        "https://h.example:99999/hush", "gopher://hush.example/",
    ])
    func aURLThatIsNotAbsoluteHTTPIsRefusedWithoutBeingShown(_ text: String) {
        let error = #expect(throws: TransferError.self) { try HTTPURL(text) }
        #expect(error?.code == .badRequest)
        #expect(error?.description.contains("hush") == false)
    }

    @Test func whatIsSecretIsNotInAnyDump() throws {
        var request = HTTPRequest(
            .post, try HTTPURL("https://h.example/p?key=hush1"),
            fields: [try HeaderField("Authorization", "Bearer hush2")], body: Array("hush3".utf8))
        var text = ""
        dump(request, to: &text)
        dump(request.fields, to: &text)
        text += "\(request) \(request.fields) \(String(reflecting: request))"
        #expect(!text.contains("hush"))
        #expect(request.location == "POST https://h.example/p")
        request.visibility = .origin
        #expect(request.location == "POST https://h.example")
    }

    @Test func aUserAgentIsAHeaderValueToo() {
        var options = TransferOptions()
        options.userAgent = "usher\r\nX-Evil: 1"
        #expect(throws: TransferError.self) { try HTTPClient(options) }
    }

    @Test(arguments: [
        (Duration.zero, 1, 1), (.milliseconds(-5), 1, 1), (.microseconds(300), 1, 1), (.milliseconds(1500), 1500, 2),
        (.seconds(30), 30_000, 30), (.seconds(Int64.max), 1_000_000_000, 1_000_000),
    ])
    func aTimeLimitIsNeverNone(limit: Duration, milliseconds: Int, seconds: Int) {
        #expect(limit.curlMilliseconds == milliseconds)
        #expect(limit.curlSeconds == seconds)
    }
}
