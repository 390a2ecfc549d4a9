import ICalendar
import Testing
import UsherTesting

struct WriterTests {
    private func instant(_ seconds: Int64) -> UTCDateTime { UTCDateTime(clamping: seconds) }

    private func fullEvent() throws -> Event {
        var event = Event(
            uid: "6f1c2a3e-8f0b-5d5e-9d55-3a1f4c0b7e21", stamp: instant(1_796_000_000),
            start: .utc(instant(1_796_824_800)),
            end: .utc(instant(1_796_828_400)), summary: "Cloud security; what’s next, and why")
        event.description =
            "Join: https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ%40thread.v2/0?context=%7b%7d\n\nPass: a\\b"
        event.location = "Microsoft Teams"
        event.url = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ%40thread.v2/0?context=%7b%7d"
        event.sequence = 2
        event.created = instant(1_795_000_000)
        event.lastModified = instant(1_796_000_000)
        event.status = .confirmed
        event.transparency = .opaque
        event.classification = .public
        event.categories = ["Webinar", "Security, applied"]
        event.color = try ColorName("SteelBlue")
        event.organizer = Organizer(CalendarAddress(mail: "events@contoso.com"), name: "Contoso: Events")
        var attendee = Attendee(CalendarAddress(mail: "zoë o'neil@example.com"), name: #"Zoë "Zed" O'Neil, PhD"#)
        attendee.kind = .individual
        attendee.role = .required
        attendee.participation = .needsAction
        attendee.rsvp = false
        event.attendees = [attendee]
        event.conferences = [
            Conference(
                uri: "https://teams.microsoft.com/meet/123?p=x", features: [.audio, .video], label: "Join: here"),
            Conference(uri: "tel:+49-69-1234,,567%23", features: [.phone]),
        ]
        event.teamsMeetingURL = "https://teams.microsoft.com/meet/123?p=x"
        event.properties.append(Property(try PropertyName("X-Contoso-Kind"), .text("webinar")))
        event.alarms = [
            Alarm(display: "Soon", trigger: .fromStart(.seconds(-900))),
            Alarm(display: "Over", trigger: .fromEnd(.seconds(0))),
            Alarm(display: "Now", trigger: .at(instant(1_796_824_800))),
        ]
        return event
    }

    private func header() throws -> Calendar {
        var calendar = Calendar(prodID: "-//Contoso//Events 1.0//EN", method: .publish)
        calendar.name = "Contoso webinars"
        calendar.description = "All webinars, in one place"
        calendar.color = try ColorName("steelblue")
        calendar.refreshInterval = .seconds(3600)
        calendar.source = "https://events.contoso.com/webinars.ics"
        calendar.url = "https://events.contoso.com/"
        calendar.uid = "b0a6e5a0-7f0e-5b46-8a4c-0c7b8a6d1234"
        calendar.lastModified = instant(1_796_000_000)
        calendar.displayTimeZone = "Europe/Berlin"
        return calendar
    }

    @Test func aFeedMatchesTheGoldenFile() throws {
        var calendar = try header()
        var zoned = Event(uid: "2", stamp: instant(0), start: .floating(LocalDateTime(clampingWallSeconds: 0)))
        zoned.start = .zoned(LocalDateTime(clampingWallSeconds: 1_796_828_400), zone: "Europe/Berlin")
        zoned.status = .cancelled
        let day = Event(
            uid: "3", stamp: instant(0), start: .date(try CivilDate(year: 2028, month: 2, day: 29)),
            end: .date(try CivilDate(year: 2028, month: 3, day: 1)), summary: "Leap day")
        calendar.events = [try fullEvent(), zoned, day]
        _ = try Oracle.lines(calendar.encoded())
        try expectGolden(calendar.encoded(), "feed.ics")
    }

    @Test func aFeedWithoutEventsIsComplete() throws {
        try expectGolden(Calendar(prodID: "-//Contoso//Events 1.0//EN").encoded(), "empty.ics")
    }

    @Test(arguments: [1, 64, 1000, 32_768])
    func aStreamGivesTheBytesOfTheWhole(chunkBytes: Int) throws {
        let events = try (0..<40).map { number in
            var event = try fullEvent()
            event.sequence = number
            return event
        }
        var chunks: [[UInt8]] = []
        var writer = Writer<Never>(beginning: try header(), chunkBytes: chunkBytes) { chunks.append($0) }
        for event in events { writer.write(event) }
        writer.end()
        var whole = try header()
        whole.events = events
        #expect(Array(chunks.joined()) == whole.encoded())
        #expect(chunks.dropLast().allSatisfy { $0.count >= chunkBytes && $0.count < chunkBytes + 4000 })
        #expect(chunks.allSatisfy { !$0.isEmpty })
    }

    private struct Full: Error, Equatable {}

    @Test func theErrorOfTheSinkReachesTheCaller() throws {
        var calls = 0
        var writer = try Writer<Full>(beginning: try header(), chunkBytes: 5000) { _ throws(Full) in
            calls += 1
            throw Full()
        }
        var thrown: Full?
        for _ in 0..<40 where thrown == nil {
            do throws(Full) { try writer.write(event()) } catch { thrown = error }
        }
        #expect(thrown == Full())
        #expect(calls == 1)
    }

    private func event() -> Event {
        Event(uid: "1", stamp: instant(0), start: .utc(instant(0)), summary: String(repeating: "x", count: 300))
    }

    @Test func theOrderOfSettingDoesNotMatter() throws {
        let event = try fullEvent()
        var other = Event(uid: "?", stamp: instant(0), start: .utc(instant(0)))
        other.properties = Properties()
        for property in event.properties.reversed() where property.name != .conference {
            other.properties.append(property)
        }
        other.conferences = event.conferences
        other.alarms = event.alarms
        #expect(other == event)
    }
}
