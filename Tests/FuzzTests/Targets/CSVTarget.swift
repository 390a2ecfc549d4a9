import ICalendar
import UsherModel
import UsherText

@testable import UsherSources

/// Reads lists of attendees as spreadsheets save them.
struct CSVTarget {
    private let check: Check
    private static let zones = TimeZoneDatabase()

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        readRows(input)
        let file = InputFile(input)
        check(
            Self.rows(of: file.path, blockBytes: 7) == Self.rows(of: file.path, blockBytes: 65_536),
            "rows depend on the blocks")
        readTable(file.path)
    }

    private func readRows(_ input: [UInt8]) {
        let rows = Self.rows(of: input).filter { $0.problem == nil && $0.fields != [""] }
        let written = rows.map { CSVWriter.row($0.fields) + "\r\n" }.joined()
        check(Self.rows(of: Array(written.utf8)) == rows, "rows differ after writing and reading")
    }

    private static func rows(of input: [UInt8]) -> [CSVReader.Row] {
        var reader = CSVReader(maximumBytes: 4096)
        let rows = input.compactMap { reader.read($0) }
        return rows + (reader.finish().map { [$0] } ?? [])
    }

    /// The rows of a file, each as a text.
    private static func rows(of path: String, blockBytes: Int) -> [String] {
        var rows: [String] = []
        do throws(SourceError) {
            let bytes = try ByteStream(path: path, blockBytes: blockBytes)
            let layout = try CSVLayout.of(bytes, CSVFormat()) { $0.contains("email") }
            try bytes.seek(to: Int64(layout.mark), line: 1)
            let reader = CSVRows(bytes, layout)
            rows.append(layout.words)
            while let row = reader.next() { rows.append("\(row)") }
        } catch {
            rows.append(error.description)
        }
        return rows
    }

    private func readTable(_ path: String) {
        do throws(SourceError) {
            let table = try AttendeeTable(list: path, CSVFormat(), as: RosterID(csv: path), zones: Self.zones)
            while let page = try table.page() {
                check(page.attendees.count + page.problems.count <= 2 * Limits.pageAttendees, "a page that is too long")
                for attendee in page.attendees {
                    check(!Line.hasForbidden(attendee.registration.rawValue), "an id with control characters")
                }
                for problem in page.problems {
                    check(!Line.hasForbidden(problem.location), "a place with control characters")
                }
            }
        } catch {
            check(!error.problem.isEmpty && !error.next.isEmpty, "an error without a reason")
        }
    }
}
