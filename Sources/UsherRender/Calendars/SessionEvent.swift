internal import ICalendar
internal import UsherModel

/// A session as a calendar event.
struct SessionEvent {
    let memory: SessionMemory
    let words: CalendarWords
    /// Whether the link to join is in it.
    let joinLinks: Bool

    private var session: Session { memory.session }
    private static let teamsHosts = [
        "teams.microsoft.com", "teams.live.com", "gov.teams.microsoft.us", "dod.teams.microsoft.us",
    ]

    /// The event with everything that feed, file and mail share; times are UTC, which every client converts without a VTIMEZONE.
    func event(stamp: Instant) -> ICalendar.Event {
        let isCanceled = session.status == .canceled
        var event = ICalendar.Event(
            uid: SessionUID.text(session.key), stamp: Self.utc(stamp), start: .utc(Self.utc(session.start)),
            end: .utc(Self.utc(session.end)),
            summary: isCanceled ? "\(words.canceled): \(session.subject.text)" : session.subject.text)
        event.sequence = memory.revision
        event.lastModified = Self.utc(memory.revisedAt)
        event.created = Self.utc(memory.firstSeenAt)
        event.status = isCanceled ? .cancelled : .confirmed
        event.transparency = isCanceled ? .transparent : .opaque
        event.description = description
        if joinLinks, let link = session.joinURL, !isCanceled { add(link, to: &event) }
        return event
    }

    private func add(_ link: JoinURL, to event: inout ICalendar.Event) {
        event.url = link.text
        event.location = link.text
        var conferences = [Conference(uri: link.text, features: [.audio, .video], label: words.join)]
        if let number = session.dialIns.first?.number.text {
            let digits = number.unicodeScalars.filter { "+0123456789".unicodeScalars.contains($0) }.map(String.init)
                .joined()
            let pin = session.conferenceID.map { ",," + $0.text.filter { $0.isASCII && $0.isNumber } + "%23" } ?? ""
            if digits.count > 3 {
                conferences.append(Conference(uri: "tel:\(digits)\(pin)", features: [.phone], label: words.phone))
            }
        }
        event.conferences = conferences
        let host = link.text.dropFirst(8).prefix { !"/:?#".contains($0) }.lowercased()
        if Self.teamsHosts.contains(host) { event.teamsMeetingURL = link.text }
    }

    /// The link comes first: many clients look there for it.
    private var description: String? {
        var parts: [String] = []
        if joinLinks, session.status != .canceled, let link = session.joinURL {
            parts.append("\(words.join): \(link.text)")
        }
        var access: [String] = []
        if joinLinks, session.status != .canceled {
            if let id = session.meetingID { access.append("\(words.meetingID): \(id.text)") }
            if let code = session.passcode { access.append("\(words.passcode): \(code.text)") }
            access += session.dialIns.map { "\(words.phone): \($0.number.text)" }
            if let id = session.conferenceID { access.append("\(words.conferenceID): \(id.text)") }
        }
        if !access.isEmpty { parts.append(access.joined(separator: "\n")) }
        if !session.presenters.isEmpty {
            parts.append("\(words.presenters): " + session.presenters.map(\.name.text).joined(separator: ", "))
        }
        if !session.details.isEmpty { parts.append(session.details) }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }

    static func utc(_ instant: Instant) -> UTCDateTime { UTCDateTime(clamping: instant.secondsSince1970) }
}

/// The few words of our own in a calendar.
struct CalendarWords: Sendable {
    let canceled: String
    let join: String
    let phone: String
    let meetingID: String
    let passcode: String
    let conferenceID: String
    let presenters: String

    /// In the language, or in English where there are none.
    static func of(_ language: LanguageTag) -> CalendarWords {
        switch language.text.prefix(while: { $0 != "-" }) {
        case "de":
            CalendarWords(
                canceled: "Abgesagt", join: "Teilnehmen", phone: "Telefon", meetingID: "Besprechungs-ID",
                passcode: "Kenncode",
                conferenceID: "Konferenz-ID", presenters: "Es sprechen")
        case "fr":
            CalendarWords(
                canceled: "Annulé", join: "Participer", phone: "Téléphone", meetingID: "ID de réunion",
                passcode: "Code secret",
                conferenceID: "ID de conférence", presenters: "Intervenants")
        default:
            CalendarWords(
                canceled: "Canceled", join: "Join", phone: "Phone", meetingID: "Meeting ID", passcode: "Passcode",
                conferenceID: "Conference ID", presenters: "Speakers")
        }
    }
}
