import Foundation
import ICalendar
import Testing
import UsherTesting

/// libical and Python's icalendar accept everything the writer produces without a complaint.
struct AcceptanceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let start = UTCDateTime(clamping: 1_796_824_800)
    private static let texts = [
        "Cloud security; what’s next, and why", "日本語のタイトル 🎉", "a\\b", "-", "one\ntwo\r\nthree",
        "“quotes” and \"quotes\"", "x: y; z,",
        String(repeating: "é", count: 300), String(repeating: "long ", count: 100), "BEGIN:VEVENT\nEND:VCALENDAR",
        "\t tab",
    ]

    private static func event(_ number: Int) -> Event {
        let text = texts[number % texts.count]
        var event = Event(
            uid: "6f1c2a3e-\(number)", stamp: start, start: .utc(start),
            end: .utc(UTCDateTime(clamping: 1_796_828_400)),
            summary: text)
        event.description = texts[(number + 1) % texts.count]
        event.location = texts[(number + 2) % texts.count]
        event.url = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ%40thread.v2/0?context=%7b%22a,b;c%22%7d"
        event.teamsMeetingURL = "https://teams.microsoft.com/meet/123?p=x"
        event.conferences = [
            Conference(
                uri: "https://teams.microsoft.com/meet/123?p=x", features: [.audio, .video], label: "Join: \(text)"),
            Conference(uri: "tel:+49-69-1234,,567%23", features: [.phone]),
        ]
        event.categories = ["Webinar", "Security, applied"]
        event.coordinates = Coordinates(latitude: 50.1109, longitude: 8.6821)
        event.images = [Image(.uri("https://contoso.com/a.png"), displays: [.badge], mediaType: "image/png")]
        (event.sequence, event.status, event.transparency) = (number, .confirmed, .opaque)
        (event.created, event.lastModified, event.classification) = (start, start, .public)
        event.organizer = Organizer(CalendarAddress(mail: "events@contoso.com"), name: "Contoso: “Events”, Inc.")
        return event
    }

    private static func header(_ method: ICalendar.Method? = nil) throws -> ICalendar.Calendar {
        var calendar = ICalendar.Calendar(prodID: "-//Contoso//Events 1.0//EN", method: method)
        calendar.name = "Contoso webinars"
        calendar.description = "All webinars, in one place"
        calendar.color = try ColorName("steelblue")
        calendar.refreshInterval = .seconds(3600)
        calendar.source = "https://events.contoso.com/webinars.ics"
        calendar.url = "https://events.contoso.com/"
        calendar.uid = "b0a6e5a0-7f0e-5b46-8a4c-0c7b8a6d1234"
        calendar.lastModified = start
        calendar.displayTimeZone = "Europe/Berlin"
        return calendar
    }

    private static func invited(_ name: String) -> Attendee {
        var attendee = Attendee(CalendarAddress(mail: "zoë o'neil@example.com"), name: name)
        (attendee.kind, attendee.role, attendee.participation, attendee.rsvp) = (
            .individual, .required, .needsAction, false
        )
        return attendee
    }

    /// The calendars to check, by file name, with their number of events.
    private static func calendars() throws -> [(name: String, calendar: ICalendar.Calendar, count: Int)] {
        var all: [(name: String, calendar: ICalendar.Calendar, count: Int)] = []
        var feed = try header()
        feed.events = (0..<40).map(event)
        all.append(("feed", feed, 40))
        var published = try header(.publish)
        published.events = [event(1)]
        all.append(("publish", published, 1))
        for (number, text) in texts.enumerated() {
            var request = ICalendar.Calendar(prodID: "-//Contoso//Events 1.0//EN", method: .request)
            var one = event(number)
            one.attendees = [invited(text)]
            one.alarms = [Alarm(display: text, trigger: .fromStart(.seconds(-900)))]
            request.events = [one]
            all.append(("request-\(number)", request, 1))
            var cancel = ICalendar.Calendar(prodID: "-//Contoso//Events 1.0//EN", method: .cancel)
            (one.status, one.alarms) = (.cancelled, [])
            cancel.events = [one]
            all.append(("cancel-\(number)", cancel, 1))
        }
        for zone in TimeZoneRulesTests.zones { all.append(try zoned(zone)) }
        return all
    }

    private static func zoned(_ zone: String) throws -> (name: String, calendar: ICalendar.Calendar, count: Int) {
        var calendar = try header()
        let id = zone.replacing("-", with: "/")
        var events = try (0..<3).map { number in
            var event = event(number)
            event.start = .zoned(try RecurrenceTests.wall("2026120\(number + 1)T090000"), zone: id)
            event.end = .zoned(try RecurrenceTests.wall("2026120\(number + 1)T100000"), zone: id)
            return event
        }
        events[1].recurrenceRule = try RecurrenceRule("FREQ=MONTHLY;BYDAY=-1FR;COUNT=6")
        events[2].start = .date(CivilDate(clampingDays: 20_800))
        events[2].end = .date(CivilDate(clampingDays: 20_801))
        calendar.events = events
        try calendar.embedTimeZones(through: UTCDateTime(clamping: 1_900_000_000)) { _ in
            try TimeZoneRulesTests.rules(zone)
        }
        return ("zone-" + zone, calendar, 3)
    }

    @Test func libicalAndPythonAcceptEveryCalendarTheWriterProduces() throws {
        let calendars = try Self.calendars()
        for (name, calendar, _) in calendars {
            let bytes = calendar.encoded()
            #expect(try ICalendar.Calendar(strict: bytes).encoded() == bytes, "\(name)")
            try folder.write(String(decoding: bytes, as: UTF8.self), to: "feeds/\(name).ics")
        }
        let paths = calendars.map { folder.path("feeds/\($0.name).ics") }
        let libical = try libical(paths)
        #expect(libical == zip(paths, calendars).map { "\($0): \($1.count) events\n" }.joined())
        let python = try python("accept.py", folder.path("feeds"))
        let sorted = calendars.sorted { $0.name + ".ics" < $1.name + ".ics" }
        #expect(python == sorted.map { "\($0.name).ics: \($0.count) events\n" }.joined() + "\n")
    }

    /// Feeds as they are published and invitations as they are mailed: the golden files of the rendering tests.
    @Test func libicalAndPythonAcceptEveryCalendarThatIsPublishedOrMailed() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
        try folder.write("", to: "emitted/.keep")
        _ = try python("emitted.py", tests, folder.path("emitted"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("emitted"))
            .filter { $0.hasSuffix(".ics") }.sorted()
        #expect(names.count { $0.contains(".eml") } >= 24 && names.count { !$0.contains(".eml") } >= 3, "\(names)")
        let libical = try libical(names.map { folder.path("emitted/\($0)") })
        let python = try python("accept.py", folder.path("emitted"))
        for (name, line) in zip(names, libical.split(separator: "\n")) {
            #expect(line.contains(name) && line.contains(" events"), "\(line)")
            #expect(python.contains("\(name): \(line.drop { $0 != " " }.split(separator: " ")[0]) events"))
        }
    }

    private func libical(_ paths: [String]) throws -> String {
        let program = folder.path("libical")
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "libical.c").path
        _ = try Counterpart.run("gcc", ["-Wall", "-o", program, source, "-lical"])
        return try Counterpart.run(program, paths)
    }

    private func python(_ script: String, _ arguments: String...) throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: script).path
        let python = ProcessInfo.processInfo.environment["USHER_PYTHON"] ?? "python3"
        return try Counterpart.run(python, [path] + arguments)
    }

    /// Not all of them support RFC 9073, but they must still read a calendar that uses it.
    @Test func extensionsDoNotHarmTheRestOfACalendar() throws {
        var calendar = try Self.header()
        var event = Self.event(0)
        event.structuredData = [
            StructuredData(
                .text("{\"a\": \"b, c\"}"), mediaType: "application/ld+json", schema: "https://schema.org/Event")
        ]
        event.htmlDescription = "<p>Hello, “world”</p>"
        event.participants = [Participant(uid: "p", kind: .speaker, name: "Ada")]
        calendar.events = [event, Self.event(1)]
        try folder.write(String(decoding: calendar.encoded(), as: UTF8.self), to: "feeds/more.ics")
        let python = try python("accept.py", folder.path("feeds"))
        #expect(python == "more.ics: 2 events\n\n")
    }
}
