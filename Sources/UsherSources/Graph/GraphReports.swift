internal import UsherGraph
internal import UsherModel
internal import UsherText

/// The attendance reports that Graph lists for a session, sorted by whether they are about it.
///
/// Graph writes one report for each time that the meeting was held: a rehearsal two days before has one, too. What counts is whether the time
/// of a report (`meetingStartDateTime` to `meetingEndDateTime`) overlaps that of the session, so that one that began early or ended late is
/// taken whole. Where a time is missing, the other one must lie near the session. Source: Microsoft Graph, `meetingAttendanceReport`.
struct GraphReports {
    /// A report to read.
    struct Report: Hashable {
        let id: String
        /// The number of participants that it states; nil if it states none.
        let participants: Int?
    }

    private let session: Session
    private(set) var covering: [Report] = []
    private var open = 0
    private var unnamed = 0
    private var timeless = 0
    private var others = 0
    private var seen: Set<String> = []

    /// A report that lacks its start or its end is about the session if the other time lies no further away than this.
    private static let reach = Duration.seconds(12 * 3600)

    init(of session: Session) { self.session = session }

    mutating func add(_ items: [JSONValue]) {
        for item in items {
            let id = item["id"].text.flatMap { $0.isEmpty ? nil : $0 }
            // Pages shift while a report is added: one may occur on two.
            if let id, !seen.insert(id).inserted { continue }
            switch relation(Self.instant(item["meetingStartDateTime"]), Self.instant(item["meetingEndDateTime"])) {
            case .covers:
                if let id {
                    covering.append(Report(id: id, participants: item["totalParticipantCount"].integer))
                } else {
                    unnamed += 1
                }
            case .isOpen: open += 1
            case .isTimeless: timeless += 1
            case .isOfAnotherTime: others += 1
            }
        }
    }

    /// Why nothing can be concluded yet; nil where it can.
    var doubt: String? {
        if open > 0 { return "its attendance report has no end yet" }
        if unnamed > 0 { return "its attendance report has no id" }
        guard covering.isEmpty else { return nil }
        guard others + timeless > 0 else { return "there is no attendance report yet" }
        let parts = [
            others > 0 ? "\(others) of another time" : nil, timeless > 0 ? "\(timeless) without a time" : nil,
        ].compactMap { $0 }
        return "there is no attendance report of its time yet, only \(parts.joined(separator: " and "))"
    }

    private enum Relation { case covers, isOpen, isTimeless, isOfAnotherTime }

    private func relation(_ start: Instant?, _ end: Instant?) -> Relation {
        switch (start, end) {
        case (let start?, let end?):
            if end < start { return .isTimeless }
            return start < session.end && end > session.start ? .covers : .isOfAnotherTime
        case (let start?, nil):
            return start < session.end && start >= session.start - Self.reach ? .isOpen : .isOfAnotherTime
        case (nil, let end?):
            return end > session.start && end <= session.end + Self.reach ? .covers : .isOfAnotherTime
        case (nil, nil): return .isTimeless
        }
    }

    private static func instant(_ tree: JSONValue) -> Instant? {
        guard let text = tree.text, let timestamp = Timestamp(text) else { return nil }
        // Graph states these times in UTC.
        return timestamp.instant ?? Instant(secondsSince1970: timestamp.civil.secondsOnClock)
    }
}

/// The attendance records of several reports, report by report.
final class GraphAttendance: AttendancePages {
    private let client: GraphClient
    private let path: GraphPath
    private var reports: [GraphReports.Report]
    private var current: Reading?
    private var rest: ArraySlice<JSONValue> = []

    /// A report that is being read.
    private struct Reading {
        let report: GraphReports.Report
        let pages: GraphPages
        var records = 0
        /// The hashes of the ids of records: pages may shift, and a record that occurs on two counts once.
        var seen: Set<Int> = []
    }

    init(_ client: GraphClient, _ path: GraphPath, _ reports: [GraphReports.Report]) {
        (self.client, self.path, self.reports) = (client, path, reports.reversed())
    }

    func next() async throws(SourceError) -> [AttendanceRecord]? {
        while rest.isEmpty {
            if current == nil {
                guard let report = reports.popLast() else { return nil }
                current = Reading(
                    report: report, pages: GraphPages(client, path.appending(report.id, "attendanceRecords")))
            }
            try await readPage()
        }
        let part = rest.prefix(Limits.pageAttendees)
        rest = rest.dropFirst(Limits.pageAttendees)
        return part.map(Self.record)
    }

    private func readPage() async throws(SourceError) {
        guard var reading = current else { return }
        let items: [JSONValue]?
        do throws(GraphError) { items = try await reading.pages.items() } catch { throw SourceError(error) }
        guard let items else {
            current = nil
            return try check(reading)
        }
        reading.records += items.count
        rest =
            items.filter { item in
                item["id"].text.map { reading.seen.insert($0.hashValue).inserted } ?? true
            }[...]
        current = reading
    }

    /// A report that states participants and has no record of any is cut off.
    private func check(_ reading: Reading) throws(SourceError) {
        guard reading.records == 0, let stated = reading.report.participants, stated > 0 else { return }
        throw SourceError(
            .malformed, location: "\(path)/\(reading.report.id)",
            problem: "the attendance report states \(stated) participants, and has no record of any",
            next: "Nothing is concluded about who attended; a later run asks again")
    }

    /// Reads an `attendanceRecord`; one without registration and address belongs to no attendee.
    private static func record(_ tree: JSONValue) -> AttendanceRecord {
        let intervals = tree["attendanceIntervals"].items.compactMap { $0["durationInSeconds"].integer }
        let seconds =
            tree["totalAttendanceInSeconds"].integer ?? intervals.reduce(0) { $0 + min(max($1, 0), 1_000_000) }
        var address: Address?
        if let text = tree["emailAddress"].text {
            do throws(Address.Problem) { address = try Address(text) } catch { address = nil }
        }
        let registration = tree["registrationId"].text.flatMap { $0.isEmpty ? nil : RegistrationID(rawValue: $0) }
        return AttendanceRecord(
            registration: registration, address: address, seconds: min(max(seconds, 0), 10_000_000))
    }
}
