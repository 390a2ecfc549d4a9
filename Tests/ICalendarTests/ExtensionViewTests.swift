import ICalendar
import Testing

/// The typed views of the extensions by RFC 7986 and RFC 9073.
struct ExtensionViewTests {
    private func event() -> Event { Event(uid: "u", stamp: .earliest, start: .utc(.earliest)) }

    @Test func whatWasSetIsReadAndWrittenAndReadAgain() throws {
        var event = event()
        let images = [
            Image(.uri("https://a/b.png"), displays: [.badge, .thumbnail], mediaType: "image/png"),
            Image(.octets([1, 2, 3])),
        ]
        let data = [
            StructuredData(.text("{\"a\": 1}"), mediaType: "application/ld+json", schema: "https://schema.org/Event"),
            StructuredData(.uri("https://a"), mediaType: nil, schema: nil),
            StructuredData(.octets([0]), mediaType: "x/y", schema: "urn:z"),
        ]
        var speaker = Participant(uid: "p", kind: .speaker, name: "Ada")
        (speaker.description, speaker.address) = ("Countess", CalendarAddress(mail: "ada@example.com"))
        event.images = images
        event.structuredData = data
        event.participants = [speaker]
        event.htmlDescription = "<p>a, b</p>"
        event.coordinates = Coordinates(latitude: 1.5, longitude: -2)
        var calendar = Calendar(prodID: "p")
        calendar.images = [images[0]]
        calendar.events = [event]
        let read = try Calendar(strict: calendar.encoded())
        #expect(read == calendar && read.images == [images[0]])
        let again = try #require(read.events.first)
        #expect(again.images == images)
        #expect(again.structuredData == data)
        #expect(again.participants == [speaker])
        #expect(again.participants.first?.kind == .speaker)
        #expect(again.participants.first?.address == CalendarAddress(mail: "ada@example.com"))
        #expect(again.htmlDescription == "<p>a, b</p>")
        #expect(again.coordinates == Coordinates(latitude: 1.5, longitude: -2))
    }

    @Test func theTypeIsStatedWhereTheRFCsRequireIt() throws {
        var event = event()
        event.images = [Image(.octets([1, 2, 3]), displays: [.badge])]
        event.structuredData = [StructuredData(.text("x"), mediaType: "a/b", schema: "urn:c")]
        event.htmlDescription = "<b>"
        var calendar = Calendar(prodID: "p")
        calendar.events = [event]
        let text = String(decoding: calendar.encoded(), as: UTF8.self)
        #expect(text.contains("\r\nIMAGE;VALUE=BINARY;ENCODING=BASE64;DISPLAY=BADGE:AQID\r\n"))
        #expect(text.contains("\r\nSTRUCTURED-DATA;VALUE=TEXT;FMTTYPE=a/b;SCHEMA=\"urn:c\":x\r\n"))
        #expect(text.contains("\r\nSTYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<b>\r\n"))
        #expect(text.contains("\r\nX-ALT-DESC;FMTTYPE=text/html:<b>\r\n"))
    }

    @Test func settingNilRemovesBothFormsOfADescription() {
        var event = event()
        let bare = event
        event.htmlDescription = "x"
        event.htmlDescription = nil
        #expect(event == bare)
    }

    @Test func aViewAcceptsOnlyItsType() {
        #expect(Participant(Component(.event)) == nil)
        #expect(Calendar(Component(.event)) == nil)
        #expect(Participant(Participant(uid: "a", kind: .sponsor).component)?.uid == "a")
    }
}
