internal import ICalendar
internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// Reads the SEQUENCE of events that an earlier ledger has published.
///
/// Whoever follows a calendar ignores an event whose SEQUENCE falls (RFC 5545 §3.8.7.4), so a ledger that begins anew goes on from what is
/// there.
struct PublishedSequences {
    let job: ConfiguredJob

    /// The SEQUENCE from which each session goes on: above the highest in all calendars that the job publishes, or the same for the same facts.
    ///
    /// - Parameters:
    ///   - sessions: The sessions to publish.
    ///   - report: Where a calendar that cannot be read is noted: publishing will say why.
    /// - Returns: Nothing for sessions that are not published yet.
    func read(_ sessions: [Session], _ report: inout RunReport) async -> [SessionKey: Int] {
        var found: [String: Published] = [:]
        for publication in job.publications {
            let locations = Self.locations(of: publication, sessions)
            guard !locations.isEmpty, !publication.destination.isRemote || job.definition.divert == nil else {
                continue
            }
            do throws(PublishError) {
                let destination = try await DestinationKinds.make(publication.destination, secrets: job.secrets)
                do throws(PublishError) {
                    for location in locations {
                        guard let bytes = try await destination.read(location) else { continue }
                        found.merge(events(in: bytes)) { $0.sequence >= $1.sequence ? $0 : $1 }
                    }
                } catch {
                    await destination.close()
                    throw error
                }
                await destination.close()
            } catch {
                report.notes.append(
                    "\(publication.location): what is published already was not read (\(error.problem))")
            }
        }
        let revisions = sessions.compactMap { session in
            found[SessionUID.text(session.key)].map { (session.key, $0.revision(of: session)) }
        }
        return Dictionary(revisions) { first, _ in first }
    }

    /// The calendars of a publication; none of those for single people, who are not known yet.
    private static func locations(of publication: PublicationPlan, _ sessions: [Session]) -> [String] {
        switch publication {
        case .calendar(let options, let feed):
            options.division.split == .attendee || feed.options.form != .iCalendar
                ? [] : options.division.groups(sessions) { $0 }.map { options.division.location(of: $0.part) }
        case .collection(let options, _): sessions.map { options.location(of: SessionUID.text($0.key)) }
        case .page, .news: []
        }
    }

    /// An event as it was published.
    private struct Published {
        let sequence: Int
        let start: Int64
        let end: Int64
        let title: String
        let isCanceled: Bool

        /// The SEQUENCE from which a session goes on: that of what was published, if it is the same.
        func revision(of session: Session) -> Int {
            let isSame =
                start == session.start.secondsSince1970 && end == session.end.secondsSince1970
                && isCanceled == (session.status == .canceled) && (isCanceled || title == session.subject.text)
            return isSame ? sequence : sequence + 1
        }
    }

    private func events(in bytes: [UInt8]) -> [String: Published] {
        let calendar: ICalendar.Calendar
        do throws(ICalendarError) {
            calendar = try ICalendar.Calendar.lenient(bytes).calendar
        } catch {
            // What is no calendar has no event that would fall.
            return [:]
        }
        let occurrences = calendar.occurrences(in: .earliest ..< .latest, floating: .utc) { name in
            do throws(TimeZoneError) { return try job.zones.rules(for: name) } catch { return nil }
        }
        let events = occurrences.elements.compactMap { occurrence in
            occurrence.event.uid.map { uid in
                (
                    uid,
                    Published(
                        sequence: occurrence.event.sequence ?? 0, start: occurrence.start.secondsSince1970,
                        end: occurrence.end.secondsSince1970, title: occurrence.event.summary ?? "",
                        isCanceled: occurrence.event.status == .cancelled)
                )
            }
        }
        return Dictionary(events) { $0.sequence >= $1.sequence ? $0 : $1 }
    }
}
