package import ICalendar
package import UsherModel

extension AttendeeTable {
    /// Reads the list of a rule for `usher check`.
    package static func examine(
        list path: String, _ format: CSVFormat, zones: TimeZoneDatabase
    ) -> FileExamination {
        // Every row belongs to it, whatever its event.
        let event = EventID(rawValue: path)
        return examine(AttendeesCSV(path: path, event: .one(event), format: format), [], zones, event: event)
    }

    /// Reads the attendees of all events of a source.
    static func examine(_ csv: AttendeesCSV, events: [EventID], zones: TimeZoneDatabase) -> FileExamination {
        examine(csv, events, zones, event: nil)
    }

    /// Reads a list of attendees whose events are not known.
    static func examine(_ csv: AttendeesCSV, zones: TimeZoneDatabase) -> FileExamination {
        examine(list: csv.path, csv.format, zones: zones)
    }

    private static func examine(
        _ csv: AttendeesCSV, _ events: [EventID], _ zones: TimeZoneDatabase, event: EventID?
    ) -> FileExamination {
        var examination = FileExamination()
        let step = "list \(csv.path)"
        do throws(SourceError) {
            let table = try AttendeeTable(
                csv, event: event, events: events, decoder: RecordDecoder(zones: zones, joinHosts: nil),
                reportsStrays: true)
            var people = 0
            while let page = try table.page() {
                people += page.attendees.count
                examination.problems += page.problems
                examination.remarks += page.remarks
            }
            examination.steps.append(
                Examination(step, result: "\(people) \(people == 1 ? "person" : "people"); \(table.summary)"))
        } catch {
            examination.steps.append(Examination(step, result: "", error: ExaminationError(error)))
        }
        return examination
    }
}

extension AttendeeColumns {
    /// Which column holds what, for a person: `email, first-name from "Vorname"`.
    func words(_ header: [String]) -> String {
        let used = AttendeeColumn.allCases.compactMap { column -> String? in
            guard let index = indices[column] else { return nil }
            let name = Line(cleaning: header[index]).text
            return name == column.rawValue ? name : "\(column.rawValue) from \"\(name)\""
        }
        return "with \(used.joined(separator: ", "))"
    }
}
