import ICalendar
import Testing

struct TZifReaderTests {
    /// 2026-01-01, 03-17, 03-30T02, 07-01 and 12-28T23:59:59, 2024-02-29T12, 2100-03-01; all UTC.
    private static let instants: [Int64] = [
        1_767_225_600, 1_773_705_600, 1_774_836_000, 1_782_864_000, 1_798_502_399, 1_709_208_000, 4_107_542_400,
    ]

    /// Every form of a TZ string.
    ///
    /// The expected offsets come from the C library's interpretation of the same string.
    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "3600 3600 7200d 7200d 3600 3600 3600"),
        ("<+03>-3", "10800 10800 10800 10800 10800 10800 10800"),
        ("EST5EDT,M3.2.0,M11.1.0", "-18000 -14400d -14400d -14400d -18000 -18000 -18000"),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "0d 0d 3600 3600 0d 0d 0d"),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "-7200 -7200 -3600d -3600d -7200 -7200 -7200"),
        ("XXX-2<+01>-1,0/0,J365/23", "3600d 3600d 3600d 3600d 3600d 3600d 3600d"),
        ("AAA3BBB,J60/0,J300/2", "-10800 -7200d -7200d -7200d -10800 -10800 -10800"),
        ("AAA3BBB,59/0,299/2", "-10800 -7200d -7200d -7200d -10800 -7200d -10800"),
        ("IST-2IDT,M3.4.4/26,M10.5.0", "7200 7200 10800d 10800d 7200 7200 7200"),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "39600d 39600d 39600d 37800 39600d 39600d 39600d"),
        ("EET-2EEST,M4.5.5/0,M10.5.4/24", "7200 7200 7200 10800d 7200 7200 7200"),
        ("XXX0YYY-2,M3.5.0/+2:30:15,M10.5.0/167", "0 0 7200d 7200d 0 0 0"),
        ("NZST-12:00:00NZDT-13:00:00,M10.1.0,M3.3.0", "46800d 43200 43200 43200 46800d 46800d 46800d"),
    ])
    func aRuleOfTheFooterIsFollowed(footer: String, expected: String) throws {
        let rules = try TimeZoneRules(tzif: TZif(version: UInt8(ascii: "3"), footer: footer).bytes())
        let got = Self.instants.map { instant in
            let offset = rules.offset(at: instant)
            return "\(offset.secondsEastOfUTC)\(offset.isDaylight ? "d" : "")"
        }
        #expect(got.joined(separator: " ") == expected)
    }

    @Test func aRuleThatEndsWhenItStartsAgainAppliesAllYear() throws {
        let rules = try TimeZoneRules(tzif: TZif(version: UInt8(ascii: "3"), footer: "XXX3EDT4,0/0,J365/23").bytes())
        for instant in Self.instants { #expect(rules.offset(at: instant).abbreviation == "EDT") }
        #expect(rules.utc(ofLocalSeconds: 1_767_225_600) == .unique(1_767_240_000))
    }

    @Test(arguments: [
        "E5", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST25",
        "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J366", "EST5EDT,366,1", "<+03-3", "<+0>-3", "EST5EDT,M3.2.0/168,M11.1.0",
        "EST5:60", "EST5EDT,M3.2.0,M11.1.0 ", "EST5EDT,M3.2,M11.1.0", "EST99999999999999999999", "ÉST5", "EST--5",
    ])
    func aFooterThatIsNoRuleIsRefused(footer: String) {
        let error = #expect(throws: TimeZoneError.self) { try TimeZoneRules(tzif: TZif(footer: footer).bytes()) }
        #expect(error?.code == .malformed)
    }

    @Test(arguments: [0, UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "5")])
    func everyVersionIsRead(version: UInt8) throws {
        let data = TZif(
            version: version, transitions: [(-100, 1), (100, 0)], types: [(0, 0, 0), (3600, 1, 4)],
            characters: Array("AAA\0BBB\0".utf8))
        let rules = try TimeZoneRules(tzif: data.bytes())
        #expect(rules.offset(at: -101).abbreviation == "AAA")
        #expect(rules.offset(at: -100) == TimeZoneOffset(secondsEastOfUTC: 3600, isDaylight: true, abbreviation: "BBB"))
        #expect(rules.offset(at: 99).abbreviation == "BBB")
        #expect(rules.offset(at: 100).abbreviation == "AAA")
        #expect(rules.offset(at: .max).abbreviation == "AAA")
    }

    @Test func invalidDataAreRejected() {
        let broken = [
            TZif(version: 1), TZif(transitions: [(5, 0), (5, 0)]), TZif(transitions: [(5, 1)]), TZif(types: []),
            TZif(types: [(0, 2, 0)]), TZif(types: [(0, 0, 9)]), TZif(types: [(.min, 0, 0)]),
            TZif(types: [(93_600, 0, 0)]),
            TZif(characters: Array("UTC".utf8)), TZif(characters: []), TZif(characters: [0xFF, 0]),
            TZif(leapSeconds: 1),
            TZif(footer: nil),
        ]
        for data in broken {
            let error = #expect(throws: TimeZoneError.self, "\(data)") { try TimeZoneRules(tzif: data.bytes()) }
            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: TimeZoneRulesTests.zones)
    func aFileCutAnywhereIsRefused(zone: String) throws {
        let bytes = [UInt8](try TimeZoneRulesTests.file("\(zone).tzif"))
        for length in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: TimeZoneError.self) { try TimeZoneRules(tzif: Array(bytes.prefix(length))) }
        }
    }

    @Test(arguments: 0..<60)
    func noBytesCrash(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let zone = TimeZoneRulesTests.zones[seed % TimeZoneRulesTests.zones.count]
        let original = [UInt8](try TimeZoneRulesTests.file("\(zone).tzif"))
        var read = 0
        for _ in 0..<50 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                // Half of the mutations change the last bytes, which contain the rule for the future.
                let span = Bool.random(using: &random) ? bytes.indices : bytes.count - 40..<bytes.count
                bytes[Int.random(in: span, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                let rules = try TimeZoneRules(tzif: bytes)
                read += 1
                for seconds in [Int64.min, -1 << 40, 0, 1_800_000_000, 4_000_000_000, .max] {
                    _ = rules.offset(at: seconds)
                    _ = rules.utc(ofLocalSeconds: seconds)
                }
            } catch {
                #expect(error.code == .malformed)
            }
        }
        #expect(read < 50)
    }
}
