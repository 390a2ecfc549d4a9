import Glibc
import Testing
import UsherText

@Suite struct PublicAddressTests {
    /// What the system's own parser reads.
    private func octets(_ text: String) throws -> [UInt8] {
        let isIPv6 = text.contains(":")
        var octets = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        try #require(inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &octets) == 1)
        return octets
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "203.0.114.0", "223.255.255.255", "2001:200::1", "2606:4700::1111",
        "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "3ffe::1",
    ])
    func whatTheInternetRoutesIsPublic(_ text: String) throws {
        #expect(IPAddress(text)?.octets == (try octets(text)))
        #expect(IPAddress(text)?.isPublic == true)
    }

    @Test(arguments: [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1",
        "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1",
        "203.0.113.255", "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255", "::", "::1", "::7f00:1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "2002:7f00:1::",
        "2002:a9fe:a9fe::1", "2001::1", "2001:1ff::1", "2001:db8::1", "3fff::1", "3fff:fff::1", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "100::1", "5f00::1",
    ])
    func whatIsPrivateOrReservedIsNot(_ text: String) throws {
        #expect(IPAddress(text)?.octets == (try octets(text)))
        #expect(IPAddress(text)?.isPublic == false)
    }

    @Test func anyOtherNumberOfOctetsIsNoAddress() {
        #expect(IPAddress(octets: []) == nil)
        #expect(IPAddress(octets: [8, 8, 8]) == nil)
    }
}
