import ICalendar
import Testing
import UsherModel

@testable import UsherSources

@Suite("the way into the meeting of a calendar's event")
struct JoinLinkTests {
    /// The link that is found in an event with these lines.
    private func link(_ lines: String, hosts: Set<String> = []) throws -> String? {
        let text =
            "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:u\nDTSTAMP:20261201T000000Z\nDTSTART:20261209T140000Z\n\(lines)\n"
            + "END:VEVENT\nEND:VCALENDAR\n"
        let event = try #require(try ICalendar.Calendar.lenient(Array(text.utf8)).calendar.events.first)
        return JoinLink(hosts: hosts).find(in: event)?.text
    }

    private func inDescription(_ text: String) throws -> String? {
        let escaped = text.replacing("\\", with: "\\\\").replacing(";", with: "\\;").replacing(",", with: "\\,")
            .replacing("\n", with: "\\n")
        return try link("DESCRIPTION:\(escaped)")
    }

    private static let zoom = "https://us02web.zoom.us/j/81234567890?pwd=AbCdEf.1"
    private static let teams =
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%22Tid%22%3a%22t1%22%7d"

    @Test(
        arguments: [
            // Zoom's invitations: files, registration, numbers, tests, recordings.
            ("Weekly: https://us02web.zoom.us/meeting/tZ0/ics?icsToken=98\n\nJoin Zoom Meeting\n\(zoom)", zoom),
            ("Register: https://us02web.zoom.us/meeting/register/tZ0\nJoin: \(zoom)", zoom),
            ("Register: https://us02web.zoom.us/webinar/register/WN_1\nJoin: \(zoom)", zoom),
            ("Find your local number: https://us02web.zoom.us/u/kdQ\n\(zoom)", zoom),
            ("Test: https://zoom.us/test\nHelp: https://support.zoom.us/hc/en-us\n\(zoom)", zoom),
            ("Host: https://us02web.zoom.us/s/81234567890?zak=x\nJoin: \(zoom)", zoom),
            ("Recording: https://us02web.zoom.us/rec/share/abc then \(zoom)", zoom),
            ("https://zoom.us/test", nil), ("https://zoom.us", nil), ("https://us02web.zoom.us/s/81234567890", nil),
            ("https://zoom.us/my/ann.room", "https://zoom.us/my/ann.room"),
            ("https://acme.zoom.com/j/1?pwd=2", "https://acme.zoom.com/j/1?pwd=2"),
            ("https://www.zoomgov.com/j/1601234567", "https://www.zoomgov.com/j/1601234567"),
            ("https://us02web.zoom.us/w/8?tk=T&pwd=p", "https://us02web.zoom.us/w/8?tk=T&pwd=p"),
            ("https://zoom.us/wc/join/812", "https://zoom.us/wc/join/812"),
            ("https://us06web.zoom.us/j/812?pwd=x#success", "https://us06web.zoom.us/j/812?pwd=x#success"),
            // Teams, old and new.
            ("Channel: https://teams.microsoft.com/l/channel/19%3aabc/General?groupId=1\nJoin now<\(teams)>", teams),
            ("Options: https://teams.microsoft.com/meetingOptions/?organizerId=1 \(teams)", teams),
            ("https://teams.microsoft.com/l/channel/19%3aabc/General", nil),
            ("https://teams.microsoft.com/l/team/19", nil),
            ("https://teams.microsoft.com/meet/2891?p=Kx", "https://teams.microsoft.com/meet/2891?p=Kx"),
            ("https://teams.live.com/meet/93", "https://teams.live.com/meet/93"),
            ("https://teams.microsoft.us/l/meetup-join/19", "https://teams.microsoft.us/l/meetup-join/19"),
            ("https://gov.teams.microsoft.us/l/meetup-join/19", "https://gov.teams.microsoft.us/l/meetup-join/19"),
            ("https://dod.teams.microsoft.us/l/meetup-join/19", "https://dod.teams.microsoft.us/l/meetup-join/19"),
            ("https://events.teams.microsoft.com/event/a@b", "https://events.teams.microsoft.com/event/a@b"),
            // Others.
            (
                "Numbers: https://tel.meet/abc-defg-hij?pin=1\nhttps://meet.google.com/abc-defg-hij",
                "https://meet.google.com/abc-defg-hij"
            ),
            ("https://meet.google.com/landing", nil), ("https://meet.google.com/", nil),
            ("https://meet.google.com/lookup/abc", "https://meet.google.com/lookup/abc"),
            ("https://contoso.webex.com/meet/ann", "https://contoso.webex.com/meet/ann"),
            (
                "https://contoso.webex.com/contoso/globalcallin.php?x=1\nhttps://contoso.webex.com/contoso/j.php?MTID=m1",
                "https://contoso.webex.com/contoso/j.php?MTID=m1"
            ),
            (
                "https://help.webex.com/a\nhttps://contoso.webex.com/wbxmjs/joinservice/sites/c/meeting/1",
                "https://contoso.webex.com/wbxmjs/joinservice/sites/c/meeting/1"
            ),
            (
                "https://support.goto.com/x https://global.gotomeeting.com/join/123",
                "https://global.gotomeeting.com/join/123"
            ),
            ("https://attendee.gotowebinar.com/register/1", nil),
            ("https://meet.goto.com/ann/room", "https://meet.goto.com/ann/room"),
            (
                "https://www.bluejeans.com/premium-numbers https://bluejeans.com/123/456",
                "https://bluejeans.com/123/456"
            ),
            ("https://chime.aws/dialinnumbers/ https://chime.aws/1234567890", "https://chime.aws/1234567890"),
            ("https://meet.jit.si/static/dialInInfo.html?room=A https://meet.jit.si/Room", "https://meet.jit.si/Room"),
            ("https://whereby.com/room", "https://whereby.com/room"),
            ("https://bbb.example.org/b/ann-abc-def", "https://bbb.example.org/b/ann-abc-def"),
            ("https://bbb.example.org/b/room-0", nil),
            (
                "https://bbb.example.org/rooms/abc-def-ghi-jkl/join",
                "https://bbb.example.org/rooms/abc-def-ghi-jkl/join"
            ),
            ("https://meet.lync.com/contoso/ann/XYZ", "https://meet.lync.com/contoso/ann/XYZ"),
            ("https://facetime.apple.com/join#v=1&p=x", "https://facetime.apple.com/join#v=1&p=x"),
            ("https://example.com/event", nil),
            // Ends, schemes, bare links.
            ("参加はこちら：\(zoom)。よろしく", zoom), ("点击\(zoom)，谢谢", zoom), ("«\(zoom)»", zoom), ("(\(zoom))", zoom),
            ("[Join](\(zoom))", zoom), ("\(zoom).", zoom), ("*\(zoom)*", zoom),
            ("HTTPS://us02web.zoom.us/j/1", "https://us02web.zoom.us/j/1"),
            ("http://zoom.us/j/1", "https://zoom.us/j/1"),
            ("Join at meet.google.com/abc-defg-hij or call", "https://meet.google.com/abc-defg-hij"),
            ("zoom.us/j/81234567890", "https://zoom.us/j/81234567890"),
            // HTML.
            (
                "<p>Join: <a href=\"https://us02web.zoom.us/w/8?tk=T&amp;pwd=p\">here</a></p>",
                "https://us02web.zoom.us/w/8?tk=T&pwd=p"
            ),
            ("<a href='\(zoom)'><img src='x'></a>", zoom), ("<p>\(zoom)&nbsp;</p><br>", zoom),
            ("\(zoom)<br/>Meeting ID: 812", zoom), ("<!-- https://zoom.us/j/0 --><b>\(zoom)</b>", zoom),
            ("https://us02web.zoom.us/w/8?tk=T&amp;pwd=p", "https://us02web.zoom.us/w/8?tk=T&pwd=p"),
        ] as [(String, String?)])
    func isTheBestOfAllLinks(_ text: String, _ expected: String?) throws {
        #expect(try inDescription(text) == expected)
    }

    @Test(arguments: [
        "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbCdEf.1&data=05%7C02&reserved=0",
        "https://gcc02.safelinks.protection.outlook.com/ap/w-59584e83/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbCdEf.1&data=1",
        "https://www.google.com/url?q=https://us02web.zoom.us/j/81234567890?pwd%3DAbCdEf.1&sa=D&source=calendar",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__us02web.zoom.us_j_81234567890-3Fpwd-3DAbCdEf.1&d=DwMFaQ",
        "https://urldefense.proofpoint.com/v1/url?u=https%3A//us02web.zoom.us/j/81234567890%3Fpwd%3DAbCdEf.1&k=x",
        "https://urldefense.com/v3/__https://us02web.zoom.us/j/81234567890?pwd=AbCdEf.1__;!!Abc!xyz$",
        "https://urldefense.com/v3/__https://us02web.zoom.us/j/81234567890*pwd=AbCdEf.1__;Pw!!Abc!xyz$",
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fus02web.zoom.us%2fj%2f81234567890%3fpwd%3dAbCdEf.1&c=E,1",
        "https://secure-web.cisco.com/1abc/https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbCdEf.1",
        "https://nam.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbCdEf.1__%3B!!A!b%24&data=1",
    ])
    func isTakenOutOfWhatWrapsIt(_ wrapped: String) throws {
        #expect(try inDescription("Join: \(wrapped)") == Self.zoom)
        #expect(try link("CONFERENCE;VALUE=URI:\(wrapped)") == Self.zoom)
    }

    @Test(
        arguments: [
            // The property that is for it wins, but never one for moderators or for the telephone.
            (
                "CONFERENCE;VALUE=URI;FEATURE=VIDEO,MODERATOR:https://meet.example.com/host?key=1\nCONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.com/room",
                "https://meet.example.com/room"
            ),
            ("CONFERENCE;VALUE=URI;FEATURE=moderator:https://meet.example.com/host", nil),
            (
                "CONFERENCE;VALUE=URI;FEATURE=PHONE:https://numbers.example.com/\nCONFERENCE;VALUE=URI:tel:+1-2\nLOCATION:\(zoom)",
                zoom
            ),
            ("CONFERENCE;VALUE=URI:https://zoom.us/test\nLOCATION:\(zoom)", zoom),
            ("X-MICROSOFT-ONLINEMEETINGEXTERNALLINK:https://meet.example.org/ann/1", "https://meet.example.org/ann/1"),
            ("X-MICROSOFT-SKYPETEAMSMEETINGURL:\(teams)\nLOCATION:\(zoom)", teams),
            ("X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg-hij", "https://meet.google.com/abc-defg-hij"),
            ("X-ALT-DESC;FMTTYPE=text/html:<a href=\"\(zoom)\">x</a>", zoom),
            ("X-VENDOR-PLACE:https://example.com/", nil),
            ("URL:https://example.com/event\nDESCRIPTION:\(zoom)", zoom),
            ("URL:https://example.com/event", "https://example.com/event"),
            ("URL:http://example.com/event", nil), ("URL:https://zoom.us/test", nil),
            ("LOCATION:Room 5\\, or \(zoom)", zoom), ("LOCATION:https://meet.example.com/x", nil),
        ] as [(String, String?)])
    func ranksPropertiesByWhatTheyAreFor(_ lines: String, _ expected: String?) throws {
        #expect(try link(lines) == expected)
    }

    @Test func hostsOfTheJobCountAsKnown() throws {
        let lines = "DESCRIPTION:https://meet.contoso.com/room or https://example.com/"
        #expect(try link(lines) == nil)
        #expect(try link(lines, hosts: ["contoso.com"]) == "https://meet.contoso.com/room")
    }

    @Test func everyCandidateHasAReason() throws {
        let text =
            "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:u\nDTSTAMP:20261201T000000Z\nDTSTART:20261209T140000Z\n"
            + "DESCRIPTION:https://zoom.us/test https://example.com/x \(Self.zoom)\nEND:VEVENT\nEND:VCALENDAR\n"
        let event = try #require(try ICalendar.Calendar.lenient(Array(text.utf8)).calendar.events.first)
        let candidates = JoinLink(hosts: []).candidates(in: event)
        #expect(candidates.map { $0.link != nil } == [true, false, false])
        #expect(candidates.map(\.text) == [Self.zoom, "https://zoom.us/test", "https://example.com/x"])
        #expect(candidates[1].reason.contains("not the way in") && candidates[2].reason.contains("join-hosts"))
    }
}
