package import ICalendar
internal import UsherModel

/// A session as a calendar event.
struct SessionEvent {
    let memory: SessionMemory
    let words: Words
    /// Whether it contains the link to join.
    let joinLinks: Bool
    /// The zone in whose local time start and end are written; nil is UTC, which every client converts without a VTIMEZONE.
    var zone: NamedZone?
    /// How long before the start clients remind; nil is never.
    var alarm: Duration?

    private var session: Session { memory.session }
    private static let teamsHosts = [
        "teams.microsoft.com", "teams.live.com", "gov.teams.microsoft.us", "dod.teams.microsoft.us",
    ]

    /// The event with everything that feeds, files and mails have in common.
    func event(stamp: Instant) -> ICalendar.Event {
        let isCanceled = session.status == .canceled
        var event = ICalendar.Event(
            uid: SessionUID.text(session.key), stamp: Self.utc(stamp), start: time(session.start),
            end: time(session.end),
            summary: isCanceled ? "\(words[.canceled]): \(session.subject.text)" : session.subject.text)
        event.sequence = memory.revision
        event.lastModified = Self.utc(memory.changedAt)
        event.created = Self.utc(memory.firstSeenAt)
        event.status = isCanceled ? .cancelled : .confirmed
        event.transparency = isCanceled ? .transparent : .opaque
        // Outlook uses this instead of TRANSP.
        event.properties.replace(
            .xMicrosoftBusyStatus, with: [Property(.xMicrosoftBusyStatus, .text(isCanceled ? "FREE" : "BUSY"))])
        let description = EventDescription(session, words: words, showsAccess: joinLinks && !isCanceled)
        event.description = description.plain
        if let html = description.html {
            let styled = Property(.xAltDesc, .text(html), [Parameter(.fmttype, "text/html")])
            event.properties.replace(.xAltDesc, with: [styled])
        }
        if joinLinks, let link = session.joinURL, !isCanceled { add(link, to: &event) }
        if let alarm, !isCanceled { event.alarms = [Self.alarm(alarm, event.summary ?? "")] }
        return event
    }

    private static func alarm(_ before: Duration, _ text: String) -> Alarm {
        let seconds = UInt(clamping: before.components.seconds)
        return Alarm(display: text, trigger: .fromStart(CalendarDuration(seconds: seconds, isNegative: true)))
    }

    private func add(_ link: JoinURL, to event: inout ICalendar.Event) {
        event.url = link.text
        event.location = link.text
        var conferences = [Conference(uri: link.text, features: [.audio, .video], label: words[.join])]
        if let number = session.dialIns.first?.number.text {
            let digits = number.unicodeScalars.filter { "+0123456789".unicodeScalars.contains($0) }.map(String.init)
                .joined()
            let pin = session.conferenceID.map { ",," + $0.text.filter { $0.isASCII && $0.isNumber } + "%23" } ?? ""
            if digits.count > 3 {
                conferences.append(Conference(uri: "tel:\(digits)\(pin)", features: [.phone], label: words[.phone]))
            }
        }
        event.conferences = conferences
        let host = link.text.dropFirst(8).prefix { !"/:?#".contains($0) }.lowercased()
        if Self.teamsHosts.contains(host) { event.teamsMeetingURL = link.text }
    }

    /// In the zone, if there is one and its clock shows this time once; otherwise in UTC.
    ///
    /// Of two equal local times the first counts (RFC 5545 §3.3.5), but several programs take the second.
    private func time(_ instant: Instant) -> EventTime {
        let utc = Self.utc(instant)
        guard let zone else { return .utc(utc) }
        let local = zone.rules.local(at: utc)
        guard case .unique(utc.secondsSince1970) = zone.rules.utc(ofLocalSeconds: local.wallSeconds) else {
            return .utc(utc)
        }
        return .zoned(local, zone: zone.name)
    }

    static func utc(_ instant: Instant) -> UTCDateTime { UTCDateTime(clamping: instant.secondsSince1970) }
}

/// A time zone by its IANA name, with its rules.
package struct NamedZone: Hashable, Sendable {
    /// The IANA name.
    package let name: String
    let rules: TimeZoneRules

    /// Finds the zone.
    ///
    /// - Throws: `TimeZoneError` if the database has no zone of this name.
    package init(_ name: String, in zones: TimeZoneDatabase) throws(TimeZoneError) {
        (self.name, rules) = (name, try zones.rules(for: name))
    }
}
