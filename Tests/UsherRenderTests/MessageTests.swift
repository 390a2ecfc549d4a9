import Foundation
import ICalendar
import Testing
import UsherModel
import UsherRender
import UsherTesting

@Suite("messages")
struct MessageTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let template: String
        let language: String
        let zone: String
        var testDescription: String { "\(template)-\(language)" }
    }

    static let cases = ["invite", "invite-calendar", "update", "cancel", "reminder", "follow-up"].flatMap { template in
        Sample.languages.map { language in
            switch language {
            case "en": Case(template: template, language: language, zone: "America/New_York")
            case "fr": Case(template: template, language: "fr-CA", zone: "Asia/Kolkata")
            default: Case(template: template, language: language, zone: "Europe/Berlin")
            }
        }
    }

    private func request(_ example: Case) throws -> RenderRequest {
        let attendee = try Sample.attendee(example.language, example.zone)
        var session = try Sample.session()
        switch example.template {
        case "update":
            let old = try Sample.session("Roof fundamentals", start: "2026-12-08T20:00:00Z")
            return try Sample.request("update", kind: .changed, attendee: attendee, session: session, previous: old)
        case "cancel":
            session.status = .canceled
            return try Sample.request(
                "cancel", kind: .canceled, attendee: attendee, session: session, previous: Sample.session())
        case "follow-up":
            session.onDemandURL = try JoinURL("https://contoso.example/recordings/1")
            return try Sample.request("follow-up", kind: .offset, attendee: attendee, session: session)
        case "reminder": return try Sample.request("reminder", kind: .offset, attendee: attendee)
        case "invite-calendar":
            var request = try Sample.request("invite", kind: .registered, attendee: attendee)
            request.calendarURL = "https://www.contoso.com/me/5kq2ov3n4bw7h3o2y6d7c4jx2e.ics"
            return request
        default: return try Sample.request("invite", kind: .registered, attendee: attendee)
        }
    }

    @Test(arguments: cases)
    func readAsTheGoldenFiles(_ example: Case) throws {
        let now = example.template == "follow-up" ? Sample.at("2026-12-09T16:00:00Z") : Sample.now
        let message = try Sample.renderer(now: now).render(request(example))
        let bytes = Sample.bytes(message)
        try expectGolden(bytes, "\(example.template)-\(example.language).eml")
        #expect(bytes.allSatisfy { $0 < 128 && $0 != 0 })
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        #expect(lines.dropLast().allSatisfy { $0.last == 13 && $0.count <= 79 })
        #expect(
            try Sample.renderer(now: now).render(request(example)) == message, "the same delivery is the same message")
    }

    /// Python's `email` and `icalendar` packages read mails with hostile text.
    @Test(arguments: [
        "Plain", "Ünï\u{301}cödé 🎟️ \"quoted\" <b>&amp;", "a, b; c: d \\ e", String(repeating: "lang ", count: 50),
        "=?utf-8?B?ZXZpbA==?=", "日本語のとても長い名前がここにあります、そしてまだ続きます、もっともっと長く続きます", "{{session.joinUrl}}", "-- \n.\nFrom x",
    ])
    func hostileTextArrivesUnchanged(_ words: String) async throws {
        let attendee = try Sample.attendee("en", "UTC", name: words)
        let session = try Sample.session(words)
        let message = try Sample.renderer().render(
            Sample.request("invite", kind: .registered, attendee: attendee, session: session))
        let folder = try TemporaryFolder()
        try Data(Sample.bytes(message)).write(to: URL(filePath: folder.path("m.eml")))
        let result = try await Python.run(
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "mail.py").path,
            [folder.path("m.eml"), session.subject.text, attendee.name.text, session.joinURL?.text ?? ""])
        let output = result.output
        #expect(result.status == 0, "\(output)")
        #expect(output.contains("good"), "\(output)")
    }

    @Test func payloadsAreJSONWhateverTheText() throws {
        for (template, attendee) in [
            ("webhook", try Sample.attendee("de", "UTC", name: "\"},\\ \u{2028}<script>")), ("slack-reminder", nil),
            ("teams-reminder", nil), ("discord-reminder", nil), ("mattermost-reminder", nil),
            ("crm", try Sample.attendee("fr", "Europe/Paris", name: "O'Neil <b>")),
        ] {
            let request = try Sample.request(
                template, kind: .changed, attendee: attendee, session: Sample.session("A \"quote\" \\ and <b>"),
                previous: Sample.session(),
                format: .payload(mediaType: "application/json"))
            let bytes = Sample.bytes(try Sample.renderer().render(request))
            #expect(try JSONSerialization.jsonObject(with: Data(bytes)) is [String: Any])
            try expectGolden(bytes, "\(template).json")
        }
    }

    /// The markup in the HTML is valid JSON whatever the text, and says who, what and when.
    @Test(arguments: ["Jana", "\"},{<\u{2028}/script><script>", "\\\\"])
    func theReservationIsJSONInsideTheHTML(_ name: String) throws {
        let renderer = try Sample.renderer()
        for kind in [MomentKind.registered, .canceled] {
            let attendee = try Sample.attendee("en", "Europe/Berlin", name: name)
            let template = kind == .canceled ? "cancel" : "invite"
            let bytes = Sample.bytes(try renderer.render(Sample.request(template, kind: kind, attendee: attendee)))
            let plain = Self.decoded(bytes)
            let start = try #require(plain.firstRange(of: "<script type=\"application/ld+json\">"))
            let end = try #require(plain[start.upperBound...].firstRange(of: "</script>"))
            let text = String(plain[start.upperBound..<end.lowerBound])
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
            let person = json["underName"] as? [String: Any]
            #expect(person?["name"] as? String == attendee.name.text)
            #expect(
                (json["reservationStatus"] as? String)?.hasSuffix(kind == .canceled ? "/Cancelled" : "/Confirmed")
                    == true)
            let event = json["reservationFor"] as? [String: Any]
            #expect(event?["startDate"] as? String == "2026-12-09T15:00:00+01:00")
        }
    }

    /// Decodes quoted-printable (RFC 2045 §6.7).
    static func decoded(_ bytes: [UInt8]) -> String {
        var plain: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                plain.append(byte)
                continue
            }
            let pair = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            if let octet = UInt8(pair, radix: 16) { plain.append(octet) }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    @Test func aMissingLinkIsAnErrorThatNamesTemplateLineAndVariable() throws {
        var session = try Sample.session()
        session.joinURL = nil
        let error = #expect(throws: RenderError.self) {
            try Sample.renderer().render(
                Sample.request("invite", kind: .registered, attendee: Sample.attendee("en", "UTC"), session: session))
        }
        #expect(error?.code == .notInSource && error?.problem.contains("the source has no link yet") == true)
        #expect(error?.description.contains("templates/email/shared/join") == true, "\(String(describing: error))")
    }

    @Test func whatASourceMayLackIsToldFromWhatATemplateMayNotUse() throws {
        for (path, code) in [
            ("session.conferenceId", RenderError.Code.notInSource), ("session.onDemandUrl", .notInSource),
            ("attendee.zone", .notInSource), ("attendee.calendarUrl", .missingValue),
            ("unsubscribe.url", .missingValue),
        ] {
            let folder = try TemporaryFolder()
            for part in ["txt", "html"] {
                try folder.write("{{\(path)}} {{session.passcode}}", to: "email/invite/body.\(part).mustache")
            }
            var session = try Sample.session()
            (session.conferenceID, session.onDemandURL, session.passcode) = (nil, nil, nil)
            var attendee = try Sample.attendee("en", "UTC")
            attendee.zone = nil
            let request = try Sample.request("invite", kind: .registered, attendee: attendee, session: session)
            let error = #expect(throws: RenderError.self) {
                try Sample.renderer(folder: folder.path).render(request)
            }
            #expect(error?.code == code, "\(path): \(String(describing: error))")
        }
    }

    /// A mail is read at any time: its subject names the start, and does not count the minutes to it.
    @Test(arguments: ["en", "de", "fr", "pl"])
    func aRemindersSubjectDoesNotAge(_ language: String) throws {
        let request = try Sample.request(
            "reminder", kind: .offset, attendee: Sample.attendee(language, "Europe/Berlin"))
        let early = try Sample.renderer().render(request)
        let late = try Sample.renderer(now: Sample.now + .seconds(3600)).render(request)
        func subject(_ message: Message) -> String {
            String(decoding: Sample.bytes(message), as: UTF8.self).split(separator: "\r\n").filter {
                $0.hasPrefix("Subject:") || $0.hasPrefix(" =?")
            }.joined()
        }
        #expect(subject(early) == subject(late))
    }

    /// In German and Polish what follows the greeting and its comma begins in lower case, unless it is a noun or addresses the reader.
    @Test(arguments: ["de", "pl"], ["invite", "update", "cancel", "reminder", "follow-up"])
    func theSentenceAfterTheGreetingGoesOn(_ language: String, _ template: String) throws {
        let kind: MomentKind = template == "cancel" ? .canceled : template == "update" ? .changed : .offset
        for previous in [SessionStatus.published, .canceled] {
            var old = try Sample.session("Old")
            old.status = previous
            let message = try Sample.renderer().render(
                Sample.request(
                    template, kind: kind, attendee: Sample.attendee(language, "Europe/Berlin"), previous: old))
            let lines = MessageTests.decoded(Sample.bytes(message)).split(separator: "\r\n")
            let greeting = try #require(
                lines.firstIndex { $0.hasSuffix(",") && $0.hasPrefix(language == "de" ? "Guten Tag" : "Dzień dobry") })
            let next = lines[greeting + 1]
            #expect(next.first?.isLowercase == true || next.hasPrefix("Ihr"), "\(next)")
        }
    }

    /// A mail without a calendar object does not speak of one.
    @Test func whatIsNotAttachedIsNotMentioned() throws {
        var profile = try Sample.profile()
        for (invitation, isMentioned) in [(MailProfile.Invitation.request, true), (.publish, false), (.none, false)] {
            profile.invitation = invitation
            for template in ["invite", "update", "cancel"] {
                let kind: MomentKind = template == "cancel" ? .canceled : .registered
                let message = try Sample.renderer().render(
                    Sample.request(
                        template, kind: kind, attendee: Sample.attendee("en", "UTC"), previous: Sample.session(),
                        format: .mail(profile)))
                #expect(MessageTests.decoded(Sample.bytes(message)).contains("your calendar.") == isMentioned)
            }
        }
    }

    /// What stands in a value is never taken for the recipient's own line.
    @Test(arguments: [
        "ATTENDEE:mailto:attendee@invalid", "x\\nATTENDEE:mailto:attendee@invalid",
        String(repeating: "x", count: 66) + "ATTENDEE:mailto:attendee@invalid",
    ])
    func theAttendeeIsInsertedByPosition(_ subject: String) throws {
        let message = try Sample.renderer().render(
            Sample.request(
                "invite", kind: .registered, attendee: Sample.attendee("en", "UTC"), session: Sample.session(subject)))
        let mail = String(decoding: Sample.bytes(message), as: UTF8.self)
        let encoded = try #require(
            mail.components(separatedBy: "filename=\"invite.ics\"").last?.components(separatedBy: "\r\n\r\n"))
        let bytes = try #require(
            Data(base64Encoded: encoded[1].components(separatedBy: "--")[0], options: .ignoreUnknownCharacters))
        let lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n ", with: "").split(separator: "\r\n")
        #expect(lines.contains("SUMMARY:\(subject.replacing("\\", with: "\\\\"))"), "\(lines)")
        let attendees = lines.filter { $0.hasPrefix("ATTENDEE") }
        #expect(attendees.count == 1 && attendees.allSatisfy { !$0.hasSuffix("attendee@invalid") })
    }

    @Test func aCanceledRegistrationSaysSoAndRemovesTheEntry() throws {
        let message = try Sample.renderer().render(
            Sample.request("cancel", kind: .canceled, attendee: Sample.attendee("en", "UTC"), isOwn: true))
        let text = String(decoding: Sample.bytes(message), as: UTF8.self)
        #expect(text.contains("Your registration has been canceled") && text.contains("method=CANCEL"))
    }
}
