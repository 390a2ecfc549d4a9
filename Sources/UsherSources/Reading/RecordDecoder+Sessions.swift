internal import UsherModel
internal import UsherText

/// The properties of an event that all its sessions share.
struct EventDetails: Hashable, Sendable {
    let id: EventID
    let kind: EventKind
    let name: Line
    let details: String
    let status: SessionStatus
    let audience: MeetingAudience
    let zone: ZoneID?
    var presenters: [Presenter]
    let sourceMailsAttendees: Bool?
}

extension RecordDecoder {
    /// Reads an event (`virtualEventWebinar`, `virtualEventTownhall`) without its sessions and registrations.
    func event(_ tree: JSONValue, kind: EventKind?, _ repairs: inout Repairs) throws(Refused) -> EventDetails {
        let id = try id(tree["id"], of: "an event")
        // Only a fallback for sessions that state none.
        let zone = shownZone(tree["startDateTime"]["timeZone"].text, "startDateTime", &repairs)
        return EventDetails(
            id: EventID(rawValue: id), kind: kind ?? Self.kind(tree["@odata.type"].text),
            name: line(tree["displayName"].text, "displayName", bytes: Limits.subjectBytes, &repairs),
            details: details(tree["description"], &repairs),
            status: try status(tree["status"]),
            audience: MeetingAudience(rawValue: tree["audience"].text ?? "") ?? .unknown,
            zone: zone, presenters: presenters(tree["presenters"], &repairs),
            sourceMailsAttendees: tree["settings"]["isAttendeeEmailNotificationEnabled"].flag)
    }

    /// Reads a session (`virtualEventSession`).
    ///
    /// Beside Graph's properties, a file may set `"isCanceled": true` or `"status": "canceled"` on a single session.
    func session(_ tree: JSONValue, of event: EventDetails, _ repairs: inout Repairs) throws(Refused) -> Session {
        let tree = tree.unwrapped
        let id = try id(tree["id"], of: "a session")
        let (start, zone) = try time(tree["startDateTime"], "startDateTime", fallback: event.zone, &repairs)
        let (end, _) = try time(tree["endDateTime"], "endDateTime", fallback: zone, &repairs)
        guard end > start else {
            throw Refused(problem: "it ends at \(end) and starts at \(start): expected an end after the start")
        }
        let subject = line(tree["subject"].text, "subject", bytes: Limits.subjectBytes, &repairs)
        let title = subject.isEmpty ? titled(event, &repairs) : subject
        var session = Session(
            key: SessionKey(event: event.id, session: SessionID(rawValue: id)),
            subject: title, start: start, end: end, zone: zone,
            joinURL: try link(tree["joinWebUrl"], "joinWebUrl", hosts: joinHosts),
            status: try sessionStatus(tree, event.status))
        (session.kind, session.eventName, session.details) = (event.kind, event.name, event.details)
        (session.audience, session.presenters) = (event.audience, event.presenters)
        session.sourceMailsAttendees = event.sourceMailsAttendees
        addJoinDetails(tree, &session, &repairs)
        session.onDemandURL = optionalLink(tree["videoOnDemandWebUrl"], "videoOnDemandWebUrl", &repairs)
        return session
    }

    /// The name of an event, or its kind where it has none.
    private func titled(_ event: EventDetails, _ repairs: inout Repairs) -> Line {
        guard event.name.isEmpty else { return event.name }
        let kind =
            switch event.kind {
            case .webinar: "Webinar"
            case .townhall: "Town hall"
            case .event: "Event"
            }
        repairs.append("neither a subject nor an event name: it is called \"\(kind)\"")
        return Line(cleaning: kind)
    }

    private func sessionStatus(_ tree: JSONValue, _ event: SessionStatus) throws(Refused) -> SessionStatus {
        if event != .published { return event }
        if tree["isCanceled"].flag == true { return .canceled }
        return try status(tree["status"])
    }

    private func status(_ tree: JSONValue) throws(Refused) -> SessionStatus {
        guard let text = tree.text else { return .published }
        guard let status = SessionStatus(rawValue: text) else {
            throw Refused(problem: "the status \"\(text.prefix(40))\": expected draft, published or canceled")
        }
        return status
    }

    private func addJoinDetails(_ tree: JSONValue, _ session: inout Session, _ repairs: inout Repairs) {
        let ids = tree["joinMeetingIdSettings"]
        session.meetingID = optionalLine(ids["joinMeetingId"].text, "joinMeetingId", &repairs)
        session.passcode = optionalLine(ids["passcode"].text, "passcode", &repairs)
        let audio = tree["audioConferencing"]
        session.conferenceID = optionalLine(audio["conferenceId"].text, "conferenceId", &repairs)
        var numbers: [DialIn] = []
        for (many, one, isFree) in [("tollNumbers", "tollNumber", false), ("tollFreeNumbers", "tollFreeNumber", true)] {
            let texts = audio[many].items.compactMap(\.text) + [audio[one].text].compactMap { $0 }
            for text in texts {
                let number = DialIn(number: line(text, one, &repairs), isTollFree: isFree)
                if !number.number.isEmpty, !numbers.contains(where: { $0.number == number.number }) {
                    numbers.append(number)
                }
            }
        }
        session.dialIns = numbers
    }

    func presenters(_ tree: JSONValue, _ repairs: inout Repairs) -> [Presenter] {
        tree.items.compactMap { item in
            let identity = item["identity"]
            let name = line(identity["displayName"].text ?? item["displayName"].text, "presenter", &repairs)
            guard !name.isEmpty else { return nil }
            let details = item["presenterDetails"]
            return Presenter(
                name: name, jobTitle: line(details["jobTitle"].text, "jobTitle", &repairs),
                company: line(details["company"].text, "company", &repairs))
        }
    }

    private func details(_ tree: JSONValue, _ repairs: inout Repairs) -> String {
        guard let content = tree["content"].text ?? tree.text else { return "" }
        let isHTML =
            tree["contentType"].text?.lowercased() == "html"
            || (tree["contentType"].text == nil && content.contains("</"))
        let plain = isHTML ? PlainText.fromHTML(content) : content
        let lines = plain.split(omittingEmptySubsequences: false) { $0.isNewline }.map {
            Line(cleaning: String($0)).text
        }
        let text = PlainText.trimmed(lines)
        guard text.utf8.count > Limits.detailsBytes else { return text }
        repairs.append("a description of \(text.utf8.count) bytes: cut at \(Limits.detailsBytes)")
        return PlainText.prefix(text, bytes: Limits.detailsBytes)
    }

    private static func kind(_ type: String?) -> EventKind {
        switch type {
        case "#microsoft.graph.virtualEventWebinar": .webinar
        case "#microsoft.graph.virtualEventTownhall": .townhall
        default: .event
        }
    }
}
