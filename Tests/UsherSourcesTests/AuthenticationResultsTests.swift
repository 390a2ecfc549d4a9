import Testing
import UsherModel

@testable import UsherSources

@Suite("whether a message is from its author")
struct AuthenticationResultsTests {
    private func isProven(_ fields: String..., from author: String = "Ada <ada@example.com>", by trust: [String])
        -> Bool
    {
        let results = fields.map { "Authentication-Results: \($0)\r\n" }.joined()
        let message = IncomingMessage(Array("\(results)From: \(author)\r\nSubject: x\r\n\r\nText\r\n".utf8))
        return MailTrust(trust).proves(message)
    }

    @Test(arguments: [
        "mx.test; dmarc=pass header.from=example.com",
        "MX.test 1; DMARC=Pass (p=NONE sp=NONE) header.from=Example.COM",
        "mx.test;\r\n\tspf=none smtp.mailfrom=x@other.test;\r\n dkim=pass header.d=example.com header.s=a",
        "mx.test; dkim=fail header.d=example.com; dkim=pass header.i=@example.com header.b=\"a;b\"",
        "mx.test; spf=pass (mx.test: domain of bounce@example.com) smtp.mailfrom=bounce@example.com",
        "mx.test; spf = pass smtp.mailfrom = example.com",
    ])
    func itIsWhereATrustedServerSaysSo(_ field: String) {
        #expect(isProven(field, by: ["other.test", "mx.Test"]), "\(field)")
        #expect(!isProven(field, by: ["other.test"]))
        #expect(!isProven(field, by: []))
    }

    @Test(arguments: [
        "mx.test; none", "mx.test", "", ";;;", "mx.test; dmarc=pass",
        "mx.test; dmarc=pass header.from=other.test",
        "mx.test; dmarc=fail header.from=example.com; spf=pass smtp.mailfrom=example.com",
        "mx.test; dmarc=none header.from=example.com",
        "mx.test; dkim=pass header.d=example.org", "mx.test; dkim=pass header.d=com",
        "mx.test; dkim=pass header.d=mail.example.com", "mx.test; dkim=pass header.d=notexample.com",
        "mx.test; dkim=pass header.d=example.com header.d=other.test",
        "mx.test; dkim=neutral header.d=example.com", "mx.test; spf=pass smtp.helo=example.com",
        "mx.test; spf=softfail smtp.mailfrom=example.com", "mx.test; iprev=pass policy.iprev=192.0.2.1",
        "mx.test; x=y (dmarc=pass header.from=example.com)", "mx.test; x=\"; dmarc=pass header.from=example.com\"",
        "mx.test (; dmarc=pass header.from=example.com", "evil.test (mx.test); dmarc=pass header.from=example.com",
    ])
    func itIsNotOtherwise(_ field: String) {
        #expect(!isProven(field, by: ["mx.test"]), "\(field)")
    }

    @Test func aSubdomainIsProvenByTheDomainAboveIt() {
        let field = "mx.test; dkim=pass header.d=example.com"
        #expect(isProven(field, from: "ada@mail.example.com", by: ["mx.test"]))
        #expect(!isProven("mx.test; dkim=pass header.d=test", from: "ada@example.test", by: ["mx.test"]))
    }

    @Test func onlyTheTopmostFieldOfATrustedServerCounts() {
        let (good, bad) = ("mx.test; dmarc=pass header.from=example.com", "mx.test; dmarc=fail header.from=example.com")
        #expect(isProven(good, bad, by: ["mx.test"]))
        #expect(!isProven(bad, good, by: ["mx.test"]))
        #expect(isProven("relay.test; none", good, by: ["mx.test"]))
    }

    @Test func exchangeOnlineNamesItselfInNone() {
        let field =
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=none (message not signed)\r\n"
            + " header.d=none;dmarc=pass action=none header.from=example.com;compauth=pass reason=100"
        #expect(isProven(field, by: ["exchange-online"]))
        #expect(!isProven(field, by: ["mx.test"]))
        #expect(!isProven("exchange-online.evil; dmarc=pass header.from=example.com", by: ["exchange-online"]))
    }

    @Test func severalAuthorsOrNoneProveNothing() {
        let field = "mx.test; dmarc=pass header.from=example.com"
        #expect(!isProven(field, from: "ada@example.com, eve@example.com", by: ["mx.test"]))
        #expect(!isProven(field, from: "nobody", by: ["mx.test"]))
    }
}
