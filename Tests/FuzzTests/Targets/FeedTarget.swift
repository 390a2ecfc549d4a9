import ICalendar
import UsherModel
import UsherText

@testable import UsherSources

/// Reads calendars as a source does: in any charset, with the link of each session.
struct FeedTarget {
    private let check: Check
    private static let zones = TimeZoneDatabase()
    /// December 2026.
    private static let window = Window(
        from: Instant(secondsSince1970: 1_796_083_200), until: Instant(secondsSince1970: 1_798_761_600))

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let text = FeedText(input)
        check(text.bytes.isUTF8, "a calendar that is no UTF-8")
        var reader = ICSReader(zones: Self.zones, floating: nil, links: JoinLink(hosts: ["example.com"]))
        reader.explainsLinks = true
        do throws(SourceError) {
            let contents = try reader.read(
                text.bytes, location: "feed.ics", window: Self.window, known: [])
            check(contents.listing)
            for report in contents.links.values {
                for candidate in report.candidates {
                    check(!Line.hasForbidden(candidate.text), "a link with control characters")
                }
            }
        } catch {
            check(!Line.hasForbidden(error.description), "an error with control characters")
        }
    }

    private func check(_ listing: Listing) {
        check(Set(listing.sessions.map(\.key)).count == listing.sessions.count, "two sessions with one key")
        for session in listing.sessions {
            check(session.start < session.end, "a session that ends before it starts")
            check(!session.details.hasForbidden, "details with control characters")
            check(!Line.hasForbidden(session.key.event.rawValue), "an id with control characters")
        }
        for problem in listing.problems {
            check(!Line.hasForbidden(problem.location), "a place with control characters")
        }
        for remark in listing.remarks { check(!Line.hasForbidden(remark), "a remark with control characters") }
    }
}

extension [UInt8] {
    /// Whether the octets are valid UTF-8.
    var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}

extension String {
    /// Whether one of its lines holds what a line cannot.
    var hasForbidden: Bool {
        utf8.split(separator: 0x0A).contains { Line.hasForbidden(String(decoding: $0, as: UTF8.self)) }
    }
}
