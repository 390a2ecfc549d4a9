import Foundation
import ICalendar
import Testing
import UsherTesting

struct TimeZoneDatabaseTests {
    /// A database with one zone, an alias, a table and a folder.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        try folder.write("# not a zone\n", to: "zone/zone.tab")
        try files.createDirectory(atPath: folder.path("zone/Europe"), withIntermediateDirectories: true)
        try TimeZoneRulesTests.file("Europe-Berlin.tzif").write(to: URL(filePath: folder.path("zone/Europe/Berlin")))
        try files.createSymbolicLink(atPath: folder.path("zone/Berlin"), withDestinationPath: "Europe/Berlin")
        try files.copyItem(atPath: folder.path("zone/Europe/Berlin"), toPath: folder.path("outside"))
        try files.copyItem(atPath: folder.path("zone/Europe/Berlin"), toPath: folder.path("zone/localtime"))
        return folder
    }

    @Test func aZoneAndItsAliasAreFoundAndCached() throws {
        let folder = try folder()
        let database = TimeZoneDatabase(path: folder.path("zone"))
        let berlin = try database.rules(for: "Europe/Berlin")
        #expect(berlin == (try TimeZoneRulesTests.rules("Europe-Berlin")))
        #expect(try database.rules(for: "Berlin") == berlin)
        try FileManager.default.removeItem(atPath: folder.path("zone/Europe/Berlin"))
        #expect(try database.rules(for: "Europe/Berlin") == berlin)
    }

    @Test(arguments: [
        "", "Europe", "Europe/", "/Europe/Berlin", "europe/Nowhere", "../outside", "Europe/../../outside", "./Berlin",
        "Europe//Berlin", "Berlin\u{0}", "Europe/Berlin\u{0}.x", "zone.tab", "localtime", "Europe/Berlin/x", "Bér",
        "..",
        String(repeating: "a", count: 300), "a b", "W. Europe Standard Time",
    ])
    func aNameThatIsNoZoneIsUnknown(id: String) throws {
        let folder = try folder()
        let database = TimeZoneDatabase(path: folder.path("zone"))
        let error = #expect(throws: TimeZoneError.self) { try database.rules(for: id) }
        #expect(error?.code == .unknownZone)
        #expect(error?.description.utf8.contains { $0 < 0x20 } == false)
    }

    /// Systems that install former names separately, and those that do not have the current names yet.
    @Test(arguments: [
        ("Asia/Kolkata", "Asia/Calcutta"), ("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kyiv", "Europe/Kiev"),
        ("Europe/Kiev", "Europe/Kyiv"), ("Europe/Kiev", "Europe/Zaporozhye"), ("America/New_York", "US/Eastern"),
    ])
    func aZoneIsFoundUnderItsFormerAndItsCurrentName(id: String, installed: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("zone/\(installed)")
        try FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try TimeZoneRulesTests.file("Europe-Berlin.tzif").write(to: URL(filePath: path))
        let database = TimeZoneDatabase(path: folder.path("zone"))
        #expect(try database.rules(for: id) == (try TimeZoneRulesTests.rules("Europe-Berlin")))
        let error = #expect(throws: TimeZoneError.self) { try database.rules(for: "Asia/Katmandu") }
        #expect(error?.location == "time zone “Asia/Katmandu”")
    }

    @Test(arguments: ["UTC", "Etc/UTC", "Zulu"])
    func utcIsThereWithoutADatabase(id: String) throws {
        #expect(try TimeZoneDatabase(path: "/does/not/exist").rules(for: id) == .utc)
    }

    @Test func aMissingDatabaseIsReportedAsMissing() {
        let error = #expect(throws: TimeZoneError.self) {
            try TimeZoneDatabase(path: "/does/not/exist").rules(for: "Europe/Berlin")
        }
        #expect(error?.code == .noDatabase)
        #expect(error?.next.contains("tzdata") == true)
    }

    @Test func anInvalidFileIsNamedInTheError() throws {
        let folder = try folder()
        try folder.write("TZif2 and nothing more", to: "zone/Europe/Broken")
        let error = #expect(throws: TimeZoneError.self) {
            try TimeZoneDatabase(path: folder.path("zone")).rules(for: "Europe/Broken")
        }
        #expect(error?.code == .malformed)
        #expect(error?.location.hasSuffix("zone/Europe/Broken") == true)
    }

    @Test func theSystemsDatabaseHasPastOffsets() throws {
        let offset = try TimeZoneDatabase().rules(for: "Europe/Berlin").offset(at: 1_700_000_000)
        #expect(offset == TimeZoneOffset(secondsEastOfUTC: 3600, isDaylight: false, abbreviation: "CET"))
    }
}
