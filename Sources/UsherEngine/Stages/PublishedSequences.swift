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

    /// The highest SEQUENCE of each session, in all calendars that the job publishes.
    ///
    /// - Parameters:
    ///   - sessions: The sessions to publish.
    ///   - report: Where a calendar that cannot be read is noted: publishing will say why.
    /// - Returns: Nothing for sessions that are not published yet.
    func read(_ sessions: [Session], _ report: inout RunReport) async -> [SessionKey: Int] {
        var found: [String: Int] = [:]
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
                        found.merge(Self.sequences(in: bytes)) { max($0, $1) }
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
        let keys = sessions.map { ($0.key, found[SessionUID.text($0.key)]) }
        return Dictionary(keys.compactMap { key, sequence in sequence.map { (key, $0) } }) { first, _ in first }
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

    private static func sequences(in bytes: [UInt8]) -> [String: Int] {
        do throws(ICalendarError) {
            let events = try ICalendar.Calendar.lenient(bytes).calendar.events
            return Dictionary(events.compactMap { event in event.uid.map { ($0, event.sequence ?? 0) } }) {
                max($0, $1)
            }
        } catch {
            // What is no calendar has no event that would fall.
            return [:]
        }
    }
}
