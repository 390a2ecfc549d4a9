import ICalendar
import UsherModel
import UsherText

@testable import UsherSources

/// Reads JSON as a value and as a stream, and the records in it.
struct JSONTarget {
    private let check: Check
    private static let zones = TimeZoneDatabase()

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let value = JSONValue(input)
        check((JSONFault(in: input) == nil) == (value != nil), "a fault in what was read, or none in what was not")
        if let value {
            for escaping in [JSONEscaping.minimal, .script] {
                let written = value.line(escaping)
                check(JSONValue(Array(written.utf8)) == value, "JSON differs after writing and reading")
            }
            readRecords(value)
        }
        let file = InputFile(input)
        let whole = Self.events(of: file.path, blockBytes: 65_536)
        check(Self.events(of: file.path, blockBytes: 7) == whole, "the result depends on the blocks")
        readDocument(file.path, value)
    }

    // MARK: Stream

    /// What a stream holds, piece by piece.
    private static func events(of path: String, blockBytes: Int) -> [String] {
        var events: [String] = []
        do throws(SourceError) {
            let stream = JSONStream(try ByteStream(path: path, blockBytes: blockBytes))
            try walk(stream, &events, depth: 0)
            events.append("then \(stream.peek().map { "\($0)" } ?? "the end")")
        } catch {
            events.append(error.description)
        }
        return events
    }

    private static func walk(_ stream: JSONStream, _ events: inout [String], depth: Int) throws(SourceError) {
        switch stream.peek() {
        case UInt8(ascii: "{") where depth < 50:
            try stream.eachMember { (key) throws(SourceError) in
                events.append("\(stream.line): \(key)")
                try walk(stream, &events, depth: depth + 1)
            }
        case UInt8(ascii: "[") where depth < 50:
            try stream.eachItem { () throws(SourceError) in try walk(stream, &events, depth: depth + 1) }
        default:
            let bytes = try stream.value(limit: 100)
            events.append("\(stream.line): \(bytes.map { String(decoding: $0, as: UTF8.self) } ?? "too long")")
        }
    }

    // MARK: Records

    private func readDocument(_ path: String, _ value: JSONValue?) {
        var count = 0
        do throws(SourceError) {
            let stranger = try EventDocument.walk(path) { (entry) throws(SourceError) in
                count += 1
                check((entry.own == nil) || entry.fault == nil, "a record that was read, with a fault")
                readRecords(entry.own ?? .null)
                for item in entry.sessions { readRecords(item.tree ?? .null) }
            }
            check(stranger == nil || count == 0, "a file of something else that holds events")
        } catch {
            check(!Line.hasForbidden(error.description), "an error with control characters")
            if case .array? = value { check(false, "a list that is JSON is refused as none") }
            if case .object? = value { check(false, "an object that is JSON is refused as none") }
        }
    }

    private func readRecords(_ tree: JSONValue) {
        let decoder = RecordDecoder(zones: Self.zones, joinHosts: nil)
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            let event = try decoder.event(tree, kind: nil, &repairs)
            check(!event.details.hasForbidden, "a description with control characters")
            let session = try decoder.session(tree, of: event, &repairs)
            check(session.start < session.end && !session.subject.isEmpty, "a session that ends before it starts")
        } catch {
            check(!error.problem.isEmpty, "a refusal without a reason")
        }
        do throws(RecordDecoder.Refused) {
            let attendee = try decoder.attendee(tree, event: EventID(rawValue: "1"), &repairs)
            check(attendee.firstName.text.utf8.count <= Limits.nameBytes, "a name that is too long")
        } catch {
            check(!error.problem.isEmpty, "a refusal without a reason")
        }
    }
}
