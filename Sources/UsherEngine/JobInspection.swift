internal import UsherJob
package import UsherModel
internal import UsherPlan
internal import UsherSources

/// A look at what a job's source and secrets are, without a ledger: nothing is written and nothing is sent.
package struct JobInspection: Sendable {
    private let assembly: ConfiguredJob
    private let now: Instant

    /// Takes the job, and the time whose window is looked at.
    package init(_ assembly: ConfiguredJob, now: Instant) {
        (self.assembly, self.now) = (assembly, now)
    }

    /// One event that the source lists, with its sessions in the window.
    package struct Event: Sendable {
        /// Its id, as a job file takes it.
        package let id: EventID
        /// What a job file calls it: `webinar`, `townhall`, `event`.
        package let kind: EventKind
        /// Its name.
        package let name: Line
        /// Its sessions, in the order of their starts.
        package let sessions: [Session]
        /// Registrations by status; nil where they were not counted, or could not be.
        package let registrations: [AttendeeStatus: Int]?
    }

    /// Lists the events whose sessions lie in the job's window.
    ///
    /// - Parameter counting: Whether registrations are read, page by page, and counted.
    /// - Returns: The events in the order of their first sessions, and what could not be read, as findings.
    package func events(counting: Bool) async -> (events: [Event], report: RunReport) {
        var report = RunReport(job: assembly.job.name)
        let listing: Listing
        do throws(SourceError) {
            listing = try await assembly.source.listing(in: assembly.window(at: now), known: [])
        } catch {
            report.add(error.finding, error.description)
            return ([], report)
        }
        report.add(listing.problems)
        for failure in listing.failures { report.add(failure.finding, failure.description) }
        let window = assembly.window(at: now)
        let sessions = listing.sessions.filter { window.contains($0) }
            .sorted { ($0.start, $0.key) < ($1.start, $1.key) }
        var order: [EventID] = []
        for session in sessions where !order.contains(session.key.event) { order.append(session.key.event) }
        if counting { await assembly.source.expect(order) }
        var events: [Event] = []
        let byEvent = Dictionary(grouping: sessions, by: \.key.event)
        for id in order {
            guard let own = byEvent[id], let first = own.first else { continue }
            let counts = counting ? await count(id, &report) : nil
            events.append(
                Event(id: id, kind: first.kind, name: first.eventName, sessions: own, registrations: counts))
        }
        return (events, report)
    }

    private func count(_ event: EventID, _ report: inout RunReport) async -> [AttendeeStatus: Int]? {
        var counts: [AttendeeStatus: Int] = [:]
        do throws(SourceError) {
            let pages = try await assembly.source.attendees(of: event)
            while let page = try await pages.next() {
                report.add(page.problems)
                for attendee in page.attendees { counts[attendee.status, default: 0] += 1 }
            }
            return counts
        } catch {
            report.add(error.finding, error.description)
            return nil
        }
    }

    /// Looks whether every secret is where the job says it lies; programs are run only where `isOnline` says so.
    ///
    /// - Returns: One line for each that is not; never a secret.
    package func missingSecrets(isOnline: Bool) -> [String] {
        let store = SecretStore(environment: assembly.surroundings.environment, folder: assembly.job.folder)
        return assembly.references.compactMap { reference, node in
            if case .command = reference, !isOnline { return nil }
            do throws(SecretError) {
                _ = try store.secret(reference)
                return nil
            } catch {
                return "\(node.position): \(node.path): \(error)"
            }
        }
    }

    /// Which publications would carry join links of sessions in the window that are for the organization only; the source is asked.
    package func exposures() async -> [String] {
        guard !assembly.publications.isEmpty else { return [] }
        let sessions = await events(counting: false).events.flatMap(\.sessions)
        return assembly.publications.compactMap { $0.exposure(of: sessions) }
    }

    /// Tries the source: sign-in, permissions, each selection; how the channels sign in, and whether mail servers would take mail; and the inbox, where there is one.
    package func examine() async -> [Examination] {
        let asks = assembly.table.rules.contains { $0.audience == .attended || $0.audience == .absent }
        var steps = await assembly.source.examine(attendance: asks)
        for configured in assembly.channels {
            for step in await configured.channel.examine() {
                steps.append(
                    Examination("channel \(configured.name): \(step.step)", result: step.result, error: step.error))
            }
        }
        if let inbox = assembly.inbox { steps.append(await inbox.examine()) }
        return steps
    }
}
