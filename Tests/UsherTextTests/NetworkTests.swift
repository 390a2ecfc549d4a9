import Testing
import UsherText

@Suite("only this machine is this machine")
struct NetworkTests {
    @Test(arguments: [
        "localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "127.255.255.255", "::1", "[::1]", "0:0:0:0:0:0:0:1",
        "[0000::0001]", "::0.0.0.1",
    ])
    func theseAreThisMachine(host: String) {
        #expect(NetworkLocation.isThisMachine(host: host))
    }

    @Test(arguments: [
        "127.evil.example.com", "127.0.0.1.nip.io", "127.0.0.1.", "127.0.0", "127.0.0.256", "127.0.0.01", "127.1",
        "0177.0.0.1",
        "+127.0.0.1", "127.0.0.-1", "127.0.0.1 ", "2130706433", "0.0.0.0", "128.0.0.1", "::", "::2", "1::1",
        "::ffff:127.0.0.1",
        "localhost.example.com", "localhost.", "[localhost]", "[127.0.0.1]", "[::1", "::1]", "::1%lo", "", "[]",
        "example.com", ":::1",
        "1:2:3:4:5:6:7::1", "::1::", "0:0:0:0:0:0:0:0:1", "127.0.0.1::", "localhοst",
    ])
    func theseAreNot(host: String) {
        #expect(!NetworkLocation.isThisMachine(host: host))
    }

    @Test(arguments: [
        ("http://Example.com/a", "example.com"), ("smtp://[::1]:25", "::1"), ("imap://h:143/INBOX", "h"),
        ("s://h?x", "h"),
        ("https://a.b#c:d@e", "a.b"),
    ])
    func theHostOfAURLIsFound(url: String, host: String) {
        #expect(NetworkLocation.host(ofURL: url) == host)
    }

    @Test(arguments: [
        "http://", "http:///x", "localhost", "http://localhost@evil.example.com/",
        "http://127.0.0.1:80@evil.example.com",
        "http://[::1]evil.example.com/", "http://127.0.0.1\\@evil.example.com", "http://[::1", "http://:80",
    ])
    func aURLWithoutAClearHostHasNone(url: String) {
        #expect(NetworkLocation.host(ofURL: url) == nil)
        #expect(!NetworkLocation.isThisMachine(url: url))
    }

    @Test func anAddressIsReadInEveryForm() {
        #expect(IPAddress("2001:db8::1")?.octets == [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(IPAddress("::ffff:192.0.2.1")?.octets.suffix(6) == [0xFF, 0xFF, 192, 0, 2, 1])
        #expect(IPAddress("1:2:3:4:5:6:7:8")?.octets.count == 16)
        #expect(IPAddress("1:2:3:4:5:6:7::")?.octets.count == 16)
        #expect(IPAddress("10.0.0.1")?.octets == [10, 0, 0, 1])
    }
}
