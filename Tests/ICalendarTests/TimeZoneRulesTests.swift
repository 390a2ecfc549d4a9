import Foundation
import ICalendar
import Testing

/// Real zones, compared with a table made by another implementation from the same TZif files.
struct TimeZoneRulesTests {
    static let zones = [
        "Europe-Berlin", "America-New_York", "Africa-Casablanca", "Europe-Dublin", "Asia-Gaza", "America-Sao_Paulo",
        "Pacific-Apia", "Australia-Lord_Howe", "Asia-Kathmandu",
    ]

    static func file(_ name: String) throws -> Data { try golden("zones/\(name)") }

    static func golden(_ name: String) throws -> Data {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        return try Data(contentsOf: folder.appending(path: name))
    }

    static func rules(_ zone: String) throws -> TimeZoneRules {
        try TimeZoneRules(tzif: [UInt8](file("\(zone).tzif")))
    }

    /// Compares with a table of `at UTC offset daylight abbreviation` and of local times with their instants.
    @Test(arguments: zones)
    func aZoneAgreesWithTheTable(zone: String) throws {
        let rules = try Self.rules(zone)
        let lines = String(decoding: try Self.file("\(zone).txt"), as: UTF8.self).split(separator: "\n")
        try #require(lines.count > 400)
        for line in lines {
            let words = line.split(separator: " ")
            let seconds = try #require(Int64(words[1]))
            let number = try #require(Int64(words[2]))
            switch words[0] {
            case "at":
                let expected = TimeZoneOffset(
                    secondsEastOfUTC: Int(number), isDaylight: words[3] == "1", abbreviation: String(words[4]))
                #expect(rules.offset(at: seconds) == expected, "\(line)")
            case "unique": #expect(rules.utc(ofLocalSeconds: seconds) == .unique(number), "\(line)")
            case "gap": #expect(rules.utc(ofLocalSeconds: seconds) == .gap(number), "\(line)")
            default:
                let second = try #require(Int64(words[3]))
                #expect(rules.utc(ofLocalSeconds: seconds) == .ambiguous(first: number, second: second), "\(line)")
            }
        }
    }

    @Test func aRepeatedLocalTimeIsTheFirstAndASkippedOneUsesTheOffsetBefore() throws {
        let berlin = try Self.rules("Europe-Berlin")
        let autumn = try LocalDateTime(CivilDate(year: 2026, month: 10, day: 25), hour: 2, minute: 30)
        let spring = try LocalDateTime(CivilDate(year: 2026, month: 3, day: 29), hour: 2, minute: 30)
        let summerTime = autumn.wallSeconds - 7200
        #expect(
            berlin.utc(ofLocalSeconds: autumn.wallSeconds) == .ambiguous(first: summerTime, second: summerTime + 3600))
        #expect(berlin.utc(of: autumn).secondsSince1970 == summerTime)
        #expect(berlin.utc(of: spring).secondsSince1970 == spring.wallSeconds - 3600)
        #expect(berlin.local(at: berlin.utc(of: spring)).hour == 3)
        #expect(berlin.local(at: UTCDateTime(clamping: summerTime)) == autumn)
    }

    @Test func aDayThatApiaSkippedIsAGap() throws {
        let apia = try Self.rules("Pacific-Apia")
        let noon = try LocalDateTime(CivilDate(year: 2011, month: 12, day: 30), hour: 12, minute: 0)
        #expect(apia.utc(ofLocalSeconds: noon.wallSeconds) == .gap(noon.wallSeconds + 10 * 3600))
    }

    @Test(arguments: zones)
    func noNumberIsTooLarge(zone: String) throws {
        let rules = try Self.rules(zone)
        for seconds in [Int64.min, .min + 1, -1 << 59, 1 << 59, .max - 1, .max] {
            #expect(abs(rules.offset(at: seconds).secondsEastOfUTC) < 90_000)
            _ = rules.utc(ofLocalSeconds: seconds)
        }
        #expect(rules.utc(of: .zero) >= .earliest)
    }

    @Test func utcNeedsNoRules() {
        #expect(TimeZoneRules.utc.offset(at: 5).abbreviation == "UTC")
        #expect(TimeZoneRules.utc.utc(ofLocalSeconds: 5) == .unique(5))
    }
}

extension LocalDateTime {
    fileprivate static let zero = LocalDateTime(clampingWallSeconds: .min)
}
