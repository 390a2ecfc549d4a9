internal import ICalendar
internal import UsherJob
internal import UsherModel
internal import UsherText

/// Reads sessions and invited people from the bytes of a calendar.
struct ICSReader {
    /// A person whom an event invites (ATTENDEE, RFC 5545 §3.8.4.1).
    struct Person: Hashable, Sendable {
        let address: Address
        let name: Line
        var status: AttendeeStatus
        /// The occurrences that the person is invited to; nil for all of them.
        var sessions: [SessionID]?

        /// The invitation as a registration, whose id is derived from event and address.
        func attendee(of event: EventID) -> UsherModel.Attendee {
            let id = Digest.hex(of: ["attendee", event.rawValue, address.identity]).prefix(32)
            var attendee = UsherModel.Attendee(
                registration: RegistrationID(rawValue: "ics:\(id)"), event: event, address: address, status: status)
            attendee.sessions = sessions
            let words = Self.inOrder(name.text).split(separator: " ")
            attendee.firstName = Line(cleaning: words.dropLast().joined(separator: " "))
            attendee.lastName = Line(cleaning: words.last.map(String.init) ?? "")
            if words.count == 1 { (attendee.firstName, attendee.lastName) = (attendee.lastName, Line(cleaning: "")) }
            return attendee
        }

        /// `Jana Schäfer` for `Schäfer, Jana`.
        private static func inOrder(_ name: String) -> String {
            let parts = name.split(separator: ",").map { $0.trimmingPrefix(" ") }
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return name }
            return "\(parts[1]) \(parts[0])"
        }
    }

    struct FeedContents {
        var listing = Listing(sessions: [], problems: [], isComplete: true)
        var people: [EventID: [Person]] = [:]
        /// Those whose addresses cannot be read.
        var unreadablePeople: [EventID: [RecordProblem]] = [:]
        var seen: Set<SessionKey> = []
        /// Whether the calendar is a message that cancels the events in it (RFC 5546 §3.2.5).
        fileprivate var isCancellation = false
        /// What was read of each event, by its position in the calendar.
        var facts: [Int: EventFacts] = [:]
        /// The events of which no session is listed, by UID, since they are too large.
        var refused: Set<String> = []
        /// The events that are left out, by UID, with their titles: those without a join link, and those of whole days.
        var linkless: [String: String] = [:]
        var allDay: [String: String] = [:]
        /// The events whose length is assumed.
        var endless: [String: String] = [:]
        /// The links in each event, by UID, where a person asked for them.
        var links: [String: LinkReport] = [:]

        /// What to say of the events that were left out.
        var remarks: [String] {
            var remarks: [String] = []
            if let text = Self.counted(linkless, "without a join link that usher knows") {
                remarks.append("\(text): if there is one, add its host to join-hosts in the job file")
            }
            if let text = Self.counted(allDay, "of whole days") {
                remarks.append("\(text): a session needs a time to join")
            }
            return remarks
        }

        fileprivate static func counted(
            _ events: [String: String], _ what: String, _ done: String = "left out"
        ) -> String? {
            let titles = events.values.map { Line(cleaning: String($0.prefix(80))).text }.sorted()
            guard let first = titles.first else { return nil }
            let (verb, more) = titles.count == 1 ? ("event", "") : ("events", " and \(titles.count - 1) more")
            return "\(done) \(titles.count) \(verb) \(what) (\"\(first)\"\(more))"
        }
    }

    let decoder: RecordDecoder
    private let zones: TimeZoneDatabase
    /// The zone of times without one.
    private(set) var floating: String
    /// Whether the job file states that zone, and not the calendar.
    private let isZoneStated: Bool
    let links: JoinLink
    /// Whether to say of every event which links it holds.
    var explainsLinks = false
    /// How long an event without an end is taken to last.
    let length: Duration

    init(zones: TimeZoneDatabase, floating: String?, links: JoinLink, length: Duration = Job.defaultLength) {
        (self.zones, self.links, self.length) = (zones, links, length)
        (self.floating, isZoneStated) = (floating ?? "UTC", floating != nil)
        decoder = RecordDecoder(zones: zones, joinHosts: nil)
    }

    /// Reads a complete feed.
    ///
    /// - Throws: ``SourceError`` where the bytes are not a calendar.
    func read(
        _ bytes: [UInt8], location: String, window: Window, known: Set<SessionKey>,
        remembered: [SessionMemory] = []
    ) throws(SourceError) -> FeedContents {
        let reading: ICalendar.Calendar.Reading
        do throws(ICalendarError) {
            reading = try ICalendar.Calendar.lenient(bytes) { rules($0) != nil }
        } catch {
            throw SourceError(
                .malformed, location: location, problem: "not a calendar: \(error)",
                next: "Check the address or the file")
        }
        // A truncated feed, or a web page in its stead, must not look as if every event had been canceled.
        guard reading.isWhole else {
            throw SourceError(
                .malformed, location: location,
                problem: "not a complete calendar (no BEGIN:VCALENDAR, or no END:VCALENDAR behind it)",
                next: "Nothing is concluded from it; the next run reads it again")
        }
        // The zone of the job file counts, then that of the calendar.
        guard !isZoneStated, let stated = Self.floatingZone(of: reading.calendar) else {
            return contents(of: reading.calendar, location, window, known, remembered)
        }
        var reader = self
        let isKnown = rules(stated) != nil
        if isKnown { reader.floating = stated }
        var contents = reader.contents(of: reading.calendar, location, window, known, remembered)
        contents.listing.remarks += Self.remark(onZone: stated, isKnown: isKnown, of: reading.calendar)
        return contents
    }

    private func contents(
        of calendar: ICalendar.Calendar, _ location: String, _ window: Window, _ known: Set<SessionKey>,
        _ remembered: [SessionMemory]
    ) -> FeedContents {
        var contents = FeedContents()
        // Only problems that hide an event are reported; lesser ones are common in feeds.
        let occurrences = calendar.occurrences(
            in: Self.range(window), floating: rules(floating) ?? .utc, limits: Self.limits
        ) {
            rules($0)
        }
        contents.isCancellation = Self.isCancellation(calendar.properties)
        cancel(calendar, &contents)
        // What cancels an event need not say when it was to take place.
        for problem in occurrences.eventProblems
        where !(problem.event.uid.map { contents.listing.canceledEvents.contains(EventID(rawValue: $0)) } ?? false) {
            refuse(&contents, location, problem)
        }
        if !occurrences.isComplete {
            contents.listing.gaps.insert(.everything)
            contents.listing.failures.append(
                SourceError(
                    .malformed, location: location,
                    problem: "more than \(occurrences.elements.count) events in the window",
                    next: "Shorten the window, or divide the calendar"))
        }
        let named = named(
            occurrences.elements, of: calendar, window: window, known: known, remembered: remembered)
        refuseOversized(named, &contents, location, known: known)
        contents.people = people(of: calendar, named, &contents, location, remembered: remembered)
        for item in named where item.key.map({ !contents.refused.contains($0.event.rawValue) }) ?? true {
            add(item, &contents, location, known)
        }
        contents.unreadablePeople = unreadablePeople(of: calendar, location)
        contents.listing.remarks = contents.remarks + Self.remarks(on: calendar)
        if let text = FeedContents.counted(contents.endless, "without an end", "took") {
            contents.listing.remarks.append(
                "\(text) to last \(DurationText.canonical(length)) (defaults: {duration: …} in the job file)")
        }
        return contents
    }

    /// What one event may cost.
    static let limits: OccurrenceLimits = {
        var limits = OccurrenceLimits()
        limits.earliestYear = Limits.earliestSeriesYear
        return limits
    }()

    static func range(_ window: Window) -> Range<UTCDateTime> {
        let from = UTCDateTime(clamping: window.from.secondsSince1970)
        return from..<max(from, UTCDateTime(clamping: window.until.secondsSince1970))
    }

    func rules(_ name: String) -> TimeZoneRules? {
        guard let zone = zone(name) else { return nil }
        do throws(TimeZoneError) { return try zones.rules(for: zone.name) } catch { return nil }
    }

    private func zone(_ name: String) -> ZoneID? {
        do throws(RecordDecoder.Refused) { return try decoder.zone(name) } catch { return nil }
    }

    // MARK: Sessions

    private func add(
        _ item: Named, _ contents: inout FeedContents, _ location: String, _ known: Set<SessionKey>
    ) {
        let occurrence = item.occurrence
        let event = occurrence.event
        guard let uid = event.uid else { return addNameless(item, &contents, location) }
        let facts = facts(of: item, &contents)
        // An all-day event has no time to join.
        guard let key = item.key else {
            contents.allDay[uid] = facts.title
            return
        }
        if explainsLinks, contents.links[uid] == nil { contents.links[uid] = links.report(on: event, uid) }
        guard facts.link != nil || known.contains(key) else {
            contents.linkless[uid] = facts.title
            return
        }
        let name = "event \"\(Line(cleaning: String(uid.prefix(80))))\" of \(location)"
        guard uid.utf8.count <= Limits.idBytes, !Line.hasForbidden(uid) else {
            return refuse(&contents, name, "a UID that is too long or holds control characters", nil)
        }
        let subject = facts.subject
        guard !subject.isEmpty, subject.text.utf8.count <= Limits.subjectBytes else {
            return refuse(&contents, name, "no SUMMARY of at most \(Limits.subjectBytes) bytes", key)
        }
        guard contents.seen.insert(key).inserted else {
            return refuse(&contents, name, "a second event with this UID: the first one is used", key)
        }
        if occurrence.end <= occurrence.start { contents.endless[uid] = facts.title }
        let start = Instant(secondsSince1970: occurrence.start.secondsSince1970)
        var session = Session(
            key: key, subject: subject, start: start, end: end(of: occurrence), zone: zone(of: occurrence.time),
            joinURL: facts.link, status: facts.isCanceled ? .canceled : .published)
        session.originalStart = occurrence.original.map { Instant(secondsSince1970: $0.secondsSince1970) }
        session.details = facts.details
        contents.listing.sessions.append(session)
    }

    private func zone(of time: EventTime) -> ZoneID {
        switch time {
        case .zoned(_, let name): zone(name) ?? .utc
        case .floating, .date: zone(floating) ?? .utc
        case .utc: .utc
        }
    }

    // MARK: Cancellations

    /// METHOD:CANCEL, which belongs to the calendar; some programs write it into the event.
    private static func isCancellation(_ properties: Properties) -> Bool {
        guard case .text(let method)? = properties.first(.method)?.value else { return false }
        return method.uppercased() == "CANCEL"
    }

    func isCanceled(_ event: ICalendar.Event, _ contents: FeedContents) -> Bool {
        contents.isCancellation || event.status == .cancelled || Self.isCancellation(event.properties)
    }

    /// Finds the events that are canceled wholly: a cancellation need not repeat the rule of a series (RFC 5546 §3.2.5).
    private func cancel(_ calendar: ICalendar.Calendar, _ contents: inout FeedContents) {
        var newest: [String: ICalendar.Event] = [:]
        for event in calendar.events {
            guard let uid = event.uid, !event.isOverride else { continue }
            newest[uid] = newest[uid].map { event.isNewer(than: $0) ? event : $0 } ?? event
        }
        for (uid, event) in newest where contents.isCancellation || Self.isCancellation(event.properties) {
            contents.listing.canceledEvents.insert(EventID(rawValue: uid))
        }
    }

    // MARK: People

    /// Who declined, or passed the seat on to someone else, who is invited in turn (RFC 5546 §3.2.2.3).
    private static func givesUp(_ attendee: ICalendar.Attendee) -> Bool {
        attendee.participation == .declined || attendee.participation == .delegated
    }

    /// The people whom an event invites, each once.
    func people(of event: ICalendar.Event) -> [Person] {
        var seen: Set<String> = []
        return event.attendees.compactMap { attendee in
            guard attendee.kind != .room, attendee.kind != .resource,
                let address = InvitedAddress.of(attendee), seen.insert(address.identity).inserted
            else { return nil }
            let name = Line(cleaning: attendee.name ?? "")
            return Person(
                address: address, name: name.text.utf8.count <= Limits.nameBytes ? name : Line(cleaning: ""),
                status: Self.givesUp(attendee) ? .canceled : .registered)
        }
    }

    private func refuse(_ contents: inout FeedContents, _ location: String, _ problem: String, _ session: SessionKey?) {
        contents.listing.problems.append(
            RecordProblem(location: location, problem: problem, effect: .refused, session: session))
    }

    /// Refuses an event, and with it no other: it is doubtful what its UID has, or else what its day has.
    private func refuse(_ contents: inout FeedContents, _ location: String, _ problem: EventProblem) {
        let uid = problem.event.uid
        contents.listing.problems.append(
            RecordProblem(
                location: location, problem: "\(problem.error)", effect: .refused,
                event: uid.map { EventID(rawValue: $0) }, starts: uid == nil ? starts(problem.event.start) : nil))
    }

    /// An event without a UID is no session: from one run to the next it could not be known again.
    private func addNameless(_ item: Named, _ contents: inout FeedContents, _ location: String) {
        let occurrence = item.occurrence
        let facts = facts(of: item, &contents)
        guard !occurrence.isWholeDay, facts.link != nil else { return }
        let title = Line(cleaning: String(facts.title.prefix(80)))
        contents.listing.problems.append(
            RecordProblem(
                location: "event \"\(title)\" of \(location)", problem: "no UID (RFC 5545 §3.8.4.7)", effect: .refused,
                starts: starts(occurrence.time)))
    }

    /// Within what a time lies, in whatever zone it is meant; nil where there is none.
    private func starts(_ time: EventTime?) -> Range<Instant>? {
        guard let time else { return nil }
        let day = Instant(secondsSince1970: Self.seconds(onClockOf: time) / 86_400 * 86_400)
        return day - .seconds(14 * 3600)..<day + .seconds((24 + 12) * 3600)
    }

    private static func seconds(onClockOf time: EventTime) -> Int64 {
        switch time {
        case .utc(let instant): instant.secondsSince1970
        case .zoned(let local, zone: _), .floating(let local): local.wallSeconds
        case .date(let date): date.daysSince1970 * 86_400
        }
    }

    /// The end; where an event has none, it is assumed from the job file's `defaults` (RFC 5545 §3.6.1: the event ends when it starts).
    private func end(of occurrence: Occurrence) -> Instant {
        let (start, end) = (occurrence.start.secondsSince1970, occurrence.end.secondsSince1970)
        return end > start ? Instant(secondsSince1970: end) : Instant(secondsSince1970: start) + length
    }
}
