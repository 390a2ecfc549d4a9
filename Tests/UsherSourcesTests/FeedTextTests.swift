import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("the text of a calendar")
struct FeedTextTests {
    private func bytes(_ summary: String) -> [UInt8] {
        Array(FeedWorld.feed(FeedWorld.event("u", title: summary)).utf8)
    }

    /// A calendar whose title is in another encoding.
    private func bytes(_ title: [UInt8]) -> [UInt8] {
        let whole = bytes("§")
        let mark = Array("§".utf8)
        let index = whole.indices.first { whole[$0...].starts(with: mark) } ?? 0
        return Array(whole[..<index]) + title + Array(whole[(index + 2)...])
    }

    private func subject(_ listing: Listing) -> String? { listing.sessions.first?.subject.text }

    // MARK: Bytes

    @Test func bytesThatAreNotUTF8AreWindows1252AndThatIsSaid() async throws {
        let listing = try await FeedWorld().listing(
            bytes([0x44, 0xE4, 0x63, 0x68, 0x65, 0x72, 0x20, 0x66, 0xFC, 0x72, 0x20, 0x80, 0x81]))
        #expect(subject(listing) == "Dächer für €")
        #expect(listing.remarks == ["1 line not in UTF-8, read as Windows-1252: let the calendar be in UTF-8"])
    }

    @Test func aLineThatIsFoldedWithinACharacterIsUTF8() async throws {
        let listing = try await FeedWorld().listing(bytes([0x4B, 0xC3, 0x0D, 0x0A, 0x20, 0xBC, 0x63, 0x68, 0x65]))
        #expect(subject(listing) == "Küche" && listing.remarks == [])
    }

    @Test(arguments: [[UInt8](arrayLiteral: 0x4B, 0xC3, 0xBC, 0x63, 0x68, 0x65, 0xC3), Array("Küche\u{FFFD}".utf8)])
    func charactersThatWereLostAreLeftOutAndSaid(_ title: [UInt8]) async throws {
        let listing = try await FeedWorld().listing(bytes(title))
        #expect(subject(listing) == "Küche")
        #expect(listing.remarks == ["1 line with characters that were lost on the way, and are left out"])
    }

    @Test(arguments: [
        ("text/calendar; charset=ISO-8859-1", [UInt8](arrayLiteral: 0x4B, 0xFC), "Kü"),
        ("text/calendar;charset=\"windows-1252\"; method=PUBLISH", [0x80], "€"),
        ("text/calendar; charset=iso-8859-2", [0xB3, 0xF3], "łó"),
        ("text/calendar; charset=KOI8-R", [0xEB], "К"), ("text/calendar; Charset = utf-8", [0xFC], "ü"),
        ("text/calendar; charset=x-nothing", [0xFC], "ü"), ("text/calendar; charset=iso-8859-1", Array("ü".utf8), "ü"),
        ("text/calendar", [0xFC], "ü"),
    ])
    func theCharsetOfTheServerCountsWhereTheTextIsNotUTF8(_ type: String, _ title: [UInt8], _ text: String) {
        let feed = FeedText(bytes(title), type: type)
        #expect(String(decoding: feed.bytes, as: UTF8.self).contains("SUMMARY:\(text)"))
        #expect(feed.remarks.isEmpty == (text != "ü" || title.count == 2))
    }

    @Test(arguments: [true, false], [true, false])
    func utf16IsRead(_ isLittle: Bool, _ hasMark: Bool) async throws {
        let units = (hasMark ? [0xFEFF] : []) + Array(FeedWorld.feed(FeedWorld.event("u", title: "Küche 😀")).utf16)
        let listing = try await FeedWorld().listing(
            units.flatMap { unit in
                let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
                return isLittle ? [low, high] : [high, low]
            })
        #expect(subject(listing) == "Küche 😀")
    }

    @Test func theCharsetOfTheAnswerIsReadFromTheServer() async throws {
        let body = bytes([0xB3, 0xF3])
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/calendar; charset=iso-8859-2\r\nContent-Length: \(body.count)\r\n\r\n"
        try await withScripts([.read, .sendBytes(Array(head.utf8) + body), .hold]) { server in
            let source = try FeedWorld().source("url: \"\(server.url)/a\"")
            let listing = try await source.listing(in: GraphWorld.december, known: [])
            #expect(subject(listing) == "łó" && listing.remarks == [])
        }
    }

    // MARK: vCalendar 1.0

    @Test(arguments: [
        ("SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:K=C3=BCche und Dach", "Küche und Dach"),
        ("summary;charset=utf-8;encoding=quoted-printable:K=c3=bcche", "Küche"),
        ("SUMMARY;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:K=FCche", "Küche"),
        ("SUMMARY;CHARSET=ISO-8859-2;ENCODING=QUOTED-PRINTABLE:=B3=F3", "łó"),
        ("SUMMARY;ENCODING=QUOTED-PRINTABLE:K=C3=\n=BCche=20=\nund=\n Dach", "Küche und Dach"),
        ("SUMMARY;LANGUAGE=de;ENCODING=QUOTED-PRINTABLE:K=C3=BC\n che", "Küche"),
        ("SUMMARY;ENCODING=QUOTED-PRINTABLE:K=FCche", "Küche"), ("SUMMARY;ENCODING=8BIT;CHARSET=UTF-8:Küche", "Küche"),
    ])
    func quotedPrintableIsDecoded(_ line: String, _ text: String) async throws {
        let feed = FeedWorld.feed(
            FeedWorld.event("u").replacing("SUMMARY:Seats", with: line), header: "VERSION:1.0\nPRODID:x\n")
        #expect(subject(try await FeedWorld().listing(feed)) == text)
    }

    @Test func lineBreaksOfQuotedPrintableAreLineBreaks() async throws {
        let line = "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:One=0D=0ATwo=0ABEGIN:VEVENT=\n=0D=0A"
        let listing = try await FeedWorld().listing(FeedWorld.feed(FeedWorld.event("u", line)))
        #expect(listing.sessions.first?.details == "One\nTwo\nBEGIN:VEVENT" && listing.problems == [])
    }
}
