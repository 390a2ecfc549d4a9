import Foundation
import ICalendar
import UsherModel
import UsherTesting

@testable import UsherRender

/// Fixed values to render.
enum Sample {
    /// The languages that are built in: a new one is rendered by every test that reads this.
    static let languages = TemplateStore().wordLanguages

    static let now = at("2026-12-08T14:00:00Z")

    static func at(_ text: String) -> Instant { Timestamp(text)?.instant ?? .distantPast }

    static func session(_ subject: String = "Roof basics", start: String = "2026-12-09T14:00:00Z") throws -> Session {
        var session = Session(
            key: SessionKey(event: EventID(rawValue: "e1"), session: SessionID(rawValue: "s1")),
            subject: Line(cleaning: subject),
            start: at(start), end: at(start) + .seconds(3600), zone: try ZoneID("Europe/Berlin") { _ in true },
            joinURL: try JoinURL(
                "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d&x=1"
            ),
            status: .published)
        session.eventName = Line(cleaning: "Energy from the roof")
        session.details = "What a roof can earn: https://contoso.example/roofs?a=1&b=2.\n\nBring <questions> & time."
        session.passcode = Line(cleaning: "sK7pQ2")
        session.meetingID = Line(cleaning: "382 114 905 27")
        session.conferenceID = Line(cleaning: "447 100 21")
        session.dialIns = [DialIn(number: Line(cleaning: "+49 69 555 0142"), isTollFree: false)]
        session.presenters = [
            Presenter(
                name: Line(cleaning: "Dr. Frida Østergård"), jobTitle: Line(cleaning: "Research"),
                company: Line(cleaning: "Contoso"))
        ]
        return session
    }

    static func memory(_ session: Session, revision: Int = 0) -> SessionMemory {
        SessionMemory(
            session: session, revision: revision, revisedAt: at("2026-12-01T09:00:00Z"),
            firstSeenAt: at("2026-12-01T09:00:00Z"))
    }

    static func attendee(_ language: String, _ zone: String, name: String = "Jana") throws -> UsherModel.Attendee {
        var attendee = UsherModel.Attendee(
            registration: RegistrationID(rawValue: "r1"), event: EventID(rawValue: "e1"),
            address: try Address("jana@example.com"))
        (attendee.firstName, attendee.lastName) = (Line(cleaning: name), Line(cleaning: "Schäfer"))
        attendee.language = LanguageTag(language)
        attendee.zone = try ZoneID(zone) { _ in true }
        return attendee
    }

    static func profile() throws -> MailProfile {
        MailProfile(from: try Mailbox("Contoso Events <events@contoso.example>"))
    }

    static func request(
        _ template: String, kind: MomentKind, attendee: UsherModel.Attendee?, session: Session? = nil,
        previous: Session? = nil,
        isOwn: Bool = false, format: MessageFormat? = nil
    ) throws -> RenderRequest {
        let session = try session ?? self.session()
        return RenderRequest(
            id: DeliveryID([template]), template: template, rule: RuleID(rawValue: "rule"), kind: kind,
            isOwnCancellation: isOwn,
            dueAt: kind == .offset && template == "follow-up" ? session.end + .seconds(3600) : now,
            recipient: attendee.map { .person($0.address) } ?? .channel(ChannelName(rawValue: "room")),
            attendee: attendee,
            session: memory(session, revision: previous == nil ? 0 : 1), previous: previous,
            firstTold: kind == .registered ? nil : DeliveryID(["invite"]), format: try format ?? .mail(profile()),
            divertedTo: nil)
    }

    static func renderer(now: Instant = now, folder: String? = nil) throws -> MessageRenderer {
        let templates = try TemplateSet(
            folder: folder, words: WordSet(folder: folder),
            mails: ["invite", "update", "cancel", "reminder", "follow-up"],
            payloads: [
                "webhook", "slack-reminder", "teams-reminder", "discord-reminder", "mattermost-reminder", "crm",
            ],
            pages: ["index"])
        return MessageRenderer(
            templates: templates, job: "sample", defaultZone: nil, defaultLanguage: .english, now: now,
            zones: TimeZoneDatabase())
    }

    static func bytes(_ message: Message) -> [UInt8] {
        switch message.content {
        case .mail(_, _, let bytes), .payload(_, let bytes): bytes
        }
    }
}
