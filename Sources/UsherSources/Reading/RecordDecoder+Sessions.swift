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
        let settings = tree["settings"]["isAttendeeEmailNotificationEnabled"]
        return EventDetails(
            id: EventID(rawValue: id), kind: kind ?? Self.kind(tree["@odata.type"].text),
            name: line(tree["displayName"], "displayName", bytes: Limits.subjectBytes, &repairs),
            details: details(tree["description"], &repairs), status: try status(tree["status"]),
            audience: text(tree["audience"], "audience", &repairs).flatMap { MeetingAudience(rawValue: $0) }
                ?? .unknown,
            zone: fallbackZone(tree["startDateTime"]["timeZone"]),
            presenters: presenters(tree["presenters"], &repairs),
            sourceMailsAttendees: flag(settings, "isAttendeeEmailNotificationEnabled", &repairs))
    }

    /// Reads a session (`virtualEventSession`).
    ///
    /// Beside Graph's properties, a file may set `"isCanceled": true` or `"status": "canceled"` on a single session.
    func session(_ tree: JSONValue, of event: EventDetails, _ repairs: inout Repairs) throws(Refused) -> Session {
        let tree = tree.unwrapped
        let id = try id(tree["id"], of: "a session")
        let (start, zone) = try time(tree["startDateTime"], "startDateTime", fallback: event.zone, &repairs)
        // The zone of the end shows nowhere: there is nothing to say of one that is not needed.
        let (end, _) = try time(tree["endDateTime"], "endDateTime", fallback: zone)
        guard end > start else {
            throw Refused(problem: "it ends at \(end) and starts at \(start): expected an end after the start")
        }
        let subject = line(tree["subject"], "subject", bytes: Limits.subjectBytes, &repairs)
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
        session.onDemandURL = decoration(tree["videoOnDemandWebUrl"], "videoOnDemandWebUrl", &repairs)
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
        let isCanceled = tree["isCanceled"]
        guard isCanceled == .null || isCanceled.flag != nil else {
            throw Refused(problem: "isCanceled is \(isCanceled.shape): expected true or false")
        }
        if isCanceled.flag == true { return .canceled }
        return try status(tree["status"])
    }

    private func status(_ tree: JSONValue) throws(Refused) -> SessionStatus {
        guard tree != .null else { return .published }
        guard let text = tree.text else {
            throw Refused(problem: "the status is \(tree.shape): expected draft, published or canceled")
        }
        guard let status = SessionStatus(rawValue: text) else {
            throw Refused(problem: "the status \"\(text.prefix(40))\": expected draft, published or canceled")
        }
        return status
    }

    private func addJoinDetails(_ tree: JSONValue, _ session: inout Session, _ repairs: inout Repairs) {
        let ids = tree["joinMeetingIdSettings"]
        session.meetingID = wholeLine(ids["joinMeetingId"], "joinMeetingId", &repairs)
        session.passcode = wholeLine(ids["passcode"], "passcode", &repairs)
        let audio = tree["audioConferencing"]
        session.conferenceID = wholeLine(audio["conferenceId"], "conferenceId", &repairs)
        var numbers: [DialIn] = []
        for (many, one, isFree) in [("tollNumbers", "tollNumber", false), ("tollFreeNumbers", "tollFreeNumber", true)] {
            for tree in items(audio[many], many, limit: 100, &repairs) + [audio[one]] {
                guard let number = wholeLine(tree, one, &repairs) else { continue }
                if !numbers.contains(where: { $0.number == number }) {
                    numbers.append(DialIn(number: number, isTollFree: isFree))
                }
            }
        }
        session.dialIns = numbers
    }

    func presenters(_ tree: JSONValue, _ repairs: inout Repairs) -> [Presenter] {
        var presenters: [Presenter] = []
        for item in items(tree, "presenters", &repairs) {
            let identity = item["identity"]["displayName"]
            let name = line(identity == .null ? item["displayName"] : identity, "presenter", &repairs)
            guard !name.isEmpty else { continue }
            let details = item["presenterDetails"]
            presenters.append(
                Presenter(
                    name: name, jobTitle: line(details["jobTitle"], "jobTitle", &repairs),
                    company: line(details["company"], "company", &repairs)))
        }
        return presenters
    }

    private func details(_ tree: JSONValue, _ repairs: inout Repairs) -> String {
        guard let content = text(tree.isObject ? tree["content"] : tree, "description", &repairs) else { return "" }
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
