internal import UsherModel
internal import UsherText

/// The attendees of one event, page by page: from JSON files, then from a table.
final class FileAttendees: AttendeePages {
    private var locations: [EventDocument.Location]
    private let table: AttendeeTable?
    private let event: EventID
    private let decoder: RecordDecoder
    private var registrations: RegistrationReader?

    init(locations: [EventDocument.Location], table: AttendeeTable?, event: EventID, decoder: RecordDecoder) {
        (self.locations, self.table, self.event, self.decoder) = (locations.reversed(), table, event, decoder)
    }

    func next() async throws(SourceError) -> AttendeePage? {
        while true {
            if let registrations {
                if let page = try registrations.page() { return page }
                self.registrations = nil
            }
            guard let location = locations.popLast() else { break }
            registrations = try RegistrationReader(location, event: event, decoder: decoder)
        }
        return try table?.page()
    }
}

/// Reads the array of registrations that begins at a location.
final class RegistrationReader {
    private let stream: JSONStream
    private let event: EventID
    private let decoder: RecordDecoder
    private var isFirst = true
    private var isDone = false

    init(_ location: EventDocument.Location, event: EventID, decoder: RecordDecoder) throws(SourceError) {
        let bytes = try ByteStream(path: location.path)
        guard bytes.identity == location.identity else {
            throw SourceError(
                .unreachable, location: location.path, problem: "the file changed while it was being read",
                next:
                    "Nothing to do: the next run reads it again. Replace files by renaming, so that none is ever half written"
            )
        }
        try bytes.seek(to: location.offset, line: location.line)
        stream = JSONStream(bytes)
        (self.event, self.decoder) = (event, decoder)
        try stream.expect(UInt8(ascii: "["), "an array")
    }

    func page() throws(SourceError) -> AttendeePage? {
        var page = AttendeePage(attendees: [], problems: [])
        while !isDone, page.attendees.count + page.problems.count < Limits.pageAttendees {
            guard stream.peek() != UInt8(ascii: "]") else {
                isDone = true
                break
            }
            if !isFirst { try stream.expect(UInt8(ascii: ","), ", or ]") }
            isFirst = false
            _ = stream.peek()
            let line = stream.line
            let bytes = try stream.value(limit: Limits.recordBytes)
            add(EventDocument.Item(bytes, line: line), to: &page)
        }
        return page.attendees.isEmpty && page.problems.isEmpty ? nil : page
    }

    private func add(_ item: EventDocument.Item, to page: inout AttendeePage) {
        let location = "\(stream.bytes.path):\(item.fault?.line ?? item.line)"
        guard let tree = item.tree, case .object = tree else {
            let problem =
                item.fault.map { "a registration that is not valid JSON: \($0.problem)" }
                ?? "a registration that is not a JSON object of at most \(Limits.recordBytes) bytes"
            return page.problems.append(
                RecordProblem(location: location, problem: problem, effect: .refused, event: event))
        }
        let name =
            tree["id"].text.map { "\(location): registration \"\(Line(cleaning: String($0.prefix(80))))\"" } ?? location
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            page.attendees.append(try decoder.attendee(tree, event: event, &repairs))
            page.problems += repairs.map { RecordProblem(location: name, problem: $0, effect: .repaired, event: event) }
        } catch {
            page.problems.append(RecordProblem(location: name, problem: error.problem, effect: .refused, event: event))
        }
    }
}
