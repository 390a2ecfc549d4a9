internal import Foundation
internal import UsherModel

/// A tenant's webinars as Microsoft Graph returns them: any number, each generated from its index, with edits.
package struct GraphTenant: Sendable {
    /// The number of webinars.
    package var events = 3
    /// The number of sessions per webinar.
    package var sessions = 1
    /// The number of registrations per webinar.
    package var registrations = 5
    /// The number of items per page of a collection.
    package var page = 100
    /// The start of the first webinar; each further one starts an hour later.
    package var start = "2026-12-10T15:00:00"
    /// The minutes that registrants with an even number attended; nil if there is no report yet.
    package var attendedMinutes: Int?
    /// Responses in place of generated ones: status and body by path.
    package var edits: [String: (status: Int, body: String)] = [:]
    /// Replacements in all bodies.
    package var replacements: [String: String] = [:]

    /// Creates a tenant with three webinars.
    package init() {}

    /// The id of a webinar.
    package static func event(_ number: Int) -> String { "w\(number)@2b7c1f0e-6c1d-4c55-9d0e-5f2a7b6c8d90" }

    /// The response to a GET under `/solutions/virtualEvents`.
    ///
    /// - Parameters:
    ///   - path: The decoded path, beginning with `/solutions`.
    ///   - skip: The number of items on previous pages.
    ///   - base: The beginning of next links.
    /// - Returns: The status and the body.
    package func answer(_ path: String, skip: Int, base: String) -> (status: Int, body: String) {
        if skip == 0, let edit = edits[path] { return edit }
        let (status, body) = made(path, skip: skip, base: base)
        return (status, replacements.reduce(body) { $0.replacing($1.key, with: $1.value) })
    }

    private func made(_ path: String, skip: Int, base: String) -> (Int, String) {
        let parts = path.split(separator: "/").map(String.init).dropFirst(2)
        guard let kind = parts.first, kind == "webinars" || kind == "townhalls" else { return Self.missing }
        let rest = Array(parts.dropFirst())
        if rest.isEmpty || rest[0].hasPrefix("getBy") {
            // Town halls exist only if a test adds them.
            return collection(kind == "webinars" ? events : 0, skip, path, base) { event($0) }
        }
        guard kind == "webinars", let number = Int(rest[0].dropFirst().prefix { $0.isNumber }), number < events,
            rest[0] == Self.event(number)
        else { return Self.missing }
        return below(number, Array(rest.dropFirst()), skip, path, base)
    }

    private func below(_ number: Int, _ rest: [String], _ skip: Int, _ path: String, _ base: String) -> (Int, String) {
        switch (rest.first, rest.count) {
        case (nil, _): return (200, event(number))
        case ("presenters", 1): return collection(1, skip, path, base) { _ in presenter(number) }
        case ("sessions", 1): return collection(sessions, skip, path, base) { session(number, $0, isWhole: false) }
        case ("sessions", _):
            guard let session = Int(rest[1].dropFirst()), session < sessions else { return Self.missing }
            // The documentation shows the object wrapped, the metadata define it unwrapped: both occur.
            let whole = self.session(number, session, isWhole: true)
            guard rest.count > 2 else { return (200, session % 2 == 0 ? whole : #"{"value": \#(whole)}"#) }
            return attendance(number, session, Array(rest.dropFirst(3)), skip, path, base)
        case ("registrations", 1):
            return collection(registrations, skip, path, base) { registration(number, $0) }
        case ("registrations", 3):
            guard let person = rest[1].split(separator: "-").last.flatMap({ Int($0) }) else { return Self.missing }
            // Registrants with an even number chose the first session only.
            return collection(person % 2 == 0 ? 1 : sessions, skip, path, base) {
                session(number, $0, isWhole: false)
            }
        default: return Self.missing
        }
    }

    private func attendance(
        _ number: Int, _ session: Int, _ rest: [String], _ skip: Int, _ path: String, _ base: String
    ) -> (Int, String) {
        guard let minutes = attendedMinutes else { return collection(0, skip, path, base) { _ in "" } }
        guard !rest.isEmpty else {
            return collection(2, skip, path, base) {
                let half = time(number, plus: session * 60 + 30)
                let (from, to) =
                    $0 == 0
                    ? (time(number, plus: session * 60 - 5), half) : (half, time(number, plus: session * 60 + 70))
                return #"{"id": "report-\#($0)", "totalParticipantCount": \#(registrations), "#
                    + #""meetingStartDateTime": "\#(from).123Z", "meetingEndDateTime": "\#(to).1234567Z"}"#
            }
        }
        if rest.first == "empty" { return collection(0, skip, path, base) { _ in "" } }
        // Half of the attendance is in one report, half in the other.
        return collection((registrations + 1) / 2, skip, path, base) { index in
            let person = index * 2
            return """
                {"id": "a\(person)", "emailAddress": "\(Self.address(number, person))", "registrationId": \
                \(person % 4 == 0 ? "\"r-\(number)-\(person)\"" : "null"), "role": "Attendee", \
                "totalAttendanceInSeconds": \(minutes * 30), "attendanceIntervals": []}
                """
        }
    }

    private static let missing = (
        404, #"{"error": {"code": "ResourceNotFound", "message": "Not there.", "innerError": {"request-id": "inner"}}}"#
    )

    private func collection(
        _ count: Int, _ skip: Int, _ path: String, _ base: String, _ item: (Int) -> String
    ) -> (Int, String) {
        let end = min(count, skip + page)
        let items = skip < end ? (skip..<end).map(item) : []
        let next = end < count ? #","@odata.nextLink": "\#(base)\#(path)?$skiptoken=\#(end)""# : ""
        return (200, #"{"@odata.context": "x", "value": [\#(items.joined(separator: ","))]\#(next)}"#)
    }

    // MARK: Objects

    private func time(_ number: Int, plus minutes: Int) -> String {
        let first = Timestamp(start + "Z")?.instant ?? .distantPast
        return String((first + .seconds(number * 3600 + minutes * 60)).description.dropLast())
    }

    private func event(_ number: Int) -> String {
        """
        {"id": "\(Self.event(number))", "status": "published", "displayName": "Webinar \(number)", "audience": "everyone",
         "startDateTime": {"dateTime": "\(time(number, plus: 0)).0000000", "timeZone": "UTC"},
         "endDateTime": {"dateTime": "\(time(number, plus: sessions * 60)).0000000", "timeZone": "UTC"},
         "description": {"contentType": "html", "content": "<p>What &amp; why</p>"}, "coOrganizers": [], "newProperty": {"a": [1]},
         "settings": {"isAttendeeEmailNotificationEnabled": false}, "createdBy": {"user": {"id": "u"}, "application": null}}
        """
    }

    private func session(_ number: Int, _ session: Int, isWhole: Bool) -> String {
        let (from, to) = (time(number, plus: session * 60), time(number, plus: session * 60 + 60))
        // Every second one has its times as plain strings, as in the documentation's example.
        let times =
            session % 2 == 0
            ? #""startDateTime": {"dateTime": "\#(from).0000000", "timeZone": "UTC"}, "endDateTime": {"dateTime": "\#(to)", "timeZone": "UTC"}"#
            : #""startDateTime": "\#(from).123Z", "endDateTime": "\#(to)Z""#
        let more =
            isWhole
            ? #""joinMeetingIdSettings": {"joinMeetingId": "123 456 78\#(number % 10)", "passcode": "pw\#(session)"}, "audioConferencing": {"tollNumber": "+1 555 0100", "conferenceId": "77"}, "videoOnDemandWebUrl": null"#
            : #""joinMeetingIdSettings": null, "audioConferencing": null, "videoOnDemandWebUrl": null"#
        return """
            {"id": "s\(session)", "subject": "Session \(number).\(session)", \(times),
             "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/\(number)-\(session)", \(more), "participants": {}}
            """
    }

    private func presenter(_ number: Int) -> String {
        #"{"id": "p", "email": "ada@example.com", "identity": {"displayName": "Ada \#(number)"}, "presenterDetails": {"jobTitle": "Engineer", "company": "Contoso"}}"#
    }

    /// The address of a person registered for a webinar.
    package static func address(_ number: Int, _ person: Int) -> String { "p\(number)-\(person)@example.com" }

    private func registration(_ number: Int, _ person: Int) -> String {
        """
        {"id": "r-\(number)-\(person)", "email": "\(Self.address(number, person))", "firstName": "P\(person)", "lastName": "Çelik", "userId": null,
         "status": "registered", "registrationDateTime": "2026-11-01T09:00:00.12Z", "cancelationDateTime": null, "preferredLanguage": "de-de",
         "preferredTimezone": "W. Europe Standard Time", "externalRegistrationInformation": null, "registrationQuestionAnswers": [
           {"questionId": "q1", "displayName": "Team", "value": null, "booleanValue": null, "multiChoiceValues": ["Red", "Blue"]},
           {"questionId": "q2", "displayName": "First time?", "value": null, "booleanValue": true, "multiChoiceValues": []}]}
        """
    }
}
