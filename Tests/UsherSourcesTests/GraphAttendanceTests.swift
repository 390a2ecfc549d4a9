import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("attendance reports of Microsoft Graph")
struct GraphAttendanceTests {
    private static let reports =
        "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/sessions/s0/attendanceReports"

    /// The session is from 15:00 to 16:00 on December 10; the answer has these reports.
    private func attendance(_ reports: String? = nil, records: (Int, String)? = nil) async throws -> [String: Int]? {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations, tenant.attendedMinutes) = (1, 6, 40)
        if let reports { tenant.edits[Self.reports] = (200, #"{"value": [\#(reports)]}"#) }
        if let records { tenant.edits[Self.reports + "/report-0/attendanceRecords"] = records }
        return try await GraphServer.run(tenant) { server in
            let world = try GraphWorld(server)
            let session = try #require(try await world.listing().sessions.first)
            switch try await world.source.attendance(of: session) {
            case .notYet(let reason):
                #expect(reason.contains("attendance report"))
                return nil
            case .reports(let pages):
                var seconds: [String: Int] = [:]
                while let page = try await pages.next() {
                    for record in page { seconds[record.address?.text ?? "", default: 0] += record.seconds }
                }
                return seconds
            }
        }
    }

    /// A report with these times on December 10, or on another day of the month.
    private static func report(_ from: String?, _ to: String?, id: String = "report-0") -> String {
        func time(_ text: String?) -> String {
            guard let text else { return "null" }
            return "\"2026-12-\(text.contains("T") ? text : "10T" + text):00.123Z\""
        }
        return #"{"id": "\#(id)", "meetingStartDateTime": \#(time(from)), "meetingEndDateTime": \#(time(to))}"#
    }

    private static let half = ["p0-0@example.com": 1200, "p0-2@example.com": 1200, "p0-4@example.com": 1200]
    private static let whole = half.mapValues { $0 * 2 }

    @Test func severalReportsOfASessionAreAddedUp() async throws {
        #expect(try await attendance() == Self.whole)
        #expect(try await attendance("") == nil)
    }

    @Test(arguments: [
        ("14:55", "16:10"), ("14:00", "15:01"), ("15:59", "18:00"), ("15:10", "15:20"), ("09T15:00", "11T15:00"),
        (nil, "15:30"), (nil, "18:00"),
    ])
    func aReportThatOverlapsTheSessionCounts(_ from: String?, _ to: String?) async throws {
        #expect(try await attendance(Self.report(from, to)) == Self.half)
    }

    @Test(arguments: [
        ("08T15:00", "08T16:00"), ("14:00", "15:00"), ("14:00", "14:50"), ("16:00", "16:30"), ("17T15:00", "17T16:00"),
        ("08T15:00", nil), ("17T15:00", nil), (nil, "14:50"), (nil, "17T16:00"), (nil, nil), ("16:10", "14:50"),
    ])
    func oneOfAnotherTimeSaysNothing(_ from: String?, _ to: String?) async throws {
        #expect(try await attendance(Self.report(from, to)) == nil)
        // Nor does it add to one of the right time.
        let both = Self.report(from, to) + "," + Self.report("15:00", "16:00", id: "report-1")
        #expect(try await attendance(both) == Self.half)
    }

    @Test(arguments: ["14:50", "15:10"]) func oneThatIsStillOpenIsWaitedFor(_ from: String) async throws {
        #expect(try await attendance(Self.report(from, nil)) == nil)
        #expect(try await attendance(Self.report(from, nil) + "," + Self.report("15:00", "16:00", id: "b")) == nil)
    }

    @Test func aReportOrRecordOnTwoPagesCountsOnce() async throws {
        let one = Self.report("15:00", "16:00")
        #expect(try await attendance(one + "," + one) == Self.half)
        let record = #"{"id": "a0", "emailAddress": "p0-0@example.com", "totalAttendanceInSeconds": 1200}"#
        let records = try await attendance(one, records: (200, #"{"value": [\#(record), \#(record)]}"#))
        #expect(records == ["p0-0@example.com": 1200])
    }

    @Test(arguments: [
        (404, #"{"error": {"code": "ResourceNotFound"}}"#), (200, #"{"value": [{"id":"#),
        (200, #"{"value": [], "@odata.nextLink": "https://elsewhere.example/"}"#), (200, #"{"value": []}"#),
        (403, "{}"),
    ])
    func recordsThatAreCutOffSayNothing(_ status: Int, _ body: String) async throws {
        let report = Self.report("15:00", "16:00").replacing("}", with: #", "totalParticipantCount": 3}"#)
        await #expect(throws: SourceError.self) { try await attendance(report, records: (status, body)) }
    }

    @Test func aReportWithoutParticipantsSaysThatNobodyCame() async throws {
        let report = Self.report("15:00", "16:00").replacing("}", with: #", "totalParticipantCount": 0}"#)
        #expect(try await attendance(report, records: (200, #"{"value": []}"#)) == [:])
    }
}
