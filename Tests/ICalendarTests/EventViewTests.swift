import ICalendar
import Testing

/// The typed views return what was set and keep what they do not recognize.
struct EventViewTests {
    private let start = UTCDateTime(clamping: 1_796_824_800)

    private func event() -> Event { Event(uid: "u", stamp: start, start: .utc(start)) }

    @Test func whatWasSetIsRead() throws {
        var event = event()
        let zoned = EventTime.zoned(LocalDateTime(clampingWallSeconds: 5), zone: "Europe/Berlin")
        let conference = Conference(uri: "https://a", features: [.phone, .chat], label: "x")
        var attendee = Attendee(CalendarAddress(mail: "a@b"), name: "A")
        attendee.rsvp = true
        attendee.role = .chair
        attendee.otherParameters = [Parameter(.email, "c@d")]
        let organizer = Organizer(CalendarAddress(mail: "o@b"), name: "O", sentBy: CalendarAddress(mail: "s@b"))
        event.start = zoned
        event.end = .date(CivilDate(clampingDays: 9))
        event.conferences = [conference, conference]
        event.attendees = [attendee]
        event.organizer = organizer
        event.categories = ["a", "b"]
        event.status = .tentative
        event.sequence = 7
        #expect(event.start == zoned)
        #expect(event.end == .date(CivilDate(clampingDays: 9)))
        #expect(event.conferences == [conference, conference])
        #expect(event.attendees == [attendee])
        #expect(event.organizer == organizer)
        #expect(event.categories == ["a", "b"])
        #expect(event.status == .tentative)
        #expect(event.sequence == 7)
    }

    @Test func settingNilRemovesAProperty() {
        var event = event()
        let bare = event
        event.summary = "x"
        event.url = "https://a"
        event.organizer = Organizer(CalendarAddress(mail: "a@b"))
        event.categories = ["x"]
        event.summary = nil
        event.url = nil
        event.organizer = nil
        event.categories = []
        #expect(event == bare)
    }

    @Test func anUnrecognizedTokenIsKeptThoughTheViewReturnsNil() throws {
        var event = event()
        event.properties.append(Property(.status, .text("POSTPONED")))
        event.properties.append(Property(.color, .text("#ff0000")))
        #expect(event.status == nil)
        #expect(event.color == nil)
        #expect(event.properties.first(.status)?.value == .text("POSTPONED"))
        #expect(event.properties.contains(Property(.color, .text("#ff0000"))))
    }

    @Test func aViewAcceptsOnlyItsComponent() {
        #expect(Event(Component(.alarm)) == nil)
        #expect(Alarm(Component(.event)) == nil)
        #expect(Event(event().component) == event())
    }

    @Test func settingEventsOrAlarmsKeepsComponentsOfOtherKinds() throws {
        let room = Component(try Component.Name("VLOCATION"))
        var event = event()
        event.alarms = [Alarm(display: "a", trigger: .at(start))]
        let alarm = try #require(event.alarms.first)
        #expect(alarm.trigger == .at(start))
        var holder = event.component
        holder.components.append(room)
        var other = try #require(Event(holder))
        other.alarms = []
        #expect(other.component.components == [room])
    }

    @Test(arguments: [
        ("ada@example.com", "mailto:ada@example.com"),
        ("a+b@example.com", "mailto:a+b@example.com"),
        ("what?x=1&y@example.com", "mailto:what%3Fx%3D1%26y@example.com"),
        ("a b\r\n@example.com", "mailto:a%20b%0D%0A@example.com"),
        ("zoë@example.com", "mailto:zo%C3%AB@example.com"),
    ])
    func aMailAddressBecomesAURI(address: String, uri: String) {
        #expect(CalendarAddress(mail: address).uri == uri)
    }

    @Test(arguments: ["#4682b4", "", "steel blue", "teal\n", "blurple"])
    func aColourWithoutANameIsRefused(text: String) {
        let error = #expect(throws: ICalendarError.self) { try ColorName(text) }
        #expect(error?.code == .unknownColor)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func aColorHasItsRGBValue() throws {
        #expect(try ColorName("STEELBLUE").rgb == 0x4682B4)
        var calendar = Calendar(prodID: "p")
        calendar.color = try ColorName("navy")
        #expect(calendar.properties.first(.xAppleCalendarColor)?.value == .text("#000080"))
    }
}
