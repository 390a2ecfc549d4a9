internal import UsherCredentials
internal import UsherJob
package import UsherModel
internal import UsherPlan
internal import UsherSources
internal import UsherTransfer

/// Examines a job's source, secrets and channels for `usher check` and `usher events`; uses no ledger, writes nothing and sends nothing.
package struct JobInspection: Sendable {
    let job: ConfiguredJob
    let now: Instant

    package init(_ job: ConfiguredJob, now: Instant) {
        (self.job, self.now) = (job, now)
    }

    /// One event that the source lists, with its sessions in the window.
    package struct Event: Sendable {
        /// The id to use in a job file.
        package let id: EventID
        /// The kind, as a job file names it: `webinar`, `townhall`, `event`.
        package let kind: EventKind
        package let name: Line
        /// The sessions in the window, by start.
        package let sessions: [Session]
        /// The number of registrations by status; nil where they were not or could not be counted.
        package let registrations: [AttendeeStatus: Int]?
    }

    /// Lists the events that have sessions in the job's window.
    ///
    /// - Parameter counting: Whether registrations are read, page by page, and counted.
    /// - Returns: The events in the order of their first sessions, and a report with the problems.
    package func events(counting: Bool) async -> (events: [Event], report: RunReport) {
        var report = RunReport(job: job.name)
        let listing: Listing
        do throws(SourceError) {
            listing = try await job.source.listing(in: job.window(at: now), known: [])
        } catch {
            report.add(error.problemCode, error.description)
            return ([], report)
        }
        report.add(listing.problems)
        report.notes +=
            listing.remarks + LeftOut.remarks(listing.sessions, job.window(at: now)) { _ in false }
        for failure in listing.failures { report.add(failure.problemCode, failure.description) }
        let window = job.window(at: now)
        let sessions = listing.sessions.filter { window.contains($0) }
            .sorted { ($0.start, $0.key) < ($1.start, $1.key) }
        var order: [EventID] = []
        for session in sessions where !order.contains(session.key.event) { order.append(session.key.event) }
        if counting { await job.source.expect(order) }
        var events: [Event] = []
        let byEvent = Dictionary(grouping: sessions, by: \.key.event)
        for id in order {
            guard let own = byEvent[id], let first = own.first else { continue }
            let counts = counting ? await count(id, &report) : nil
            events.append(
                Event(id: id, kind: first.kind, name: first.eventName, sessions: own, registrations: counts))
        }
        report.settleRecords(reported: [])
        return (events, report)
    }

    /// The links in the events of the job's window, and why each counts.
    ///
    /// - Parameter report: Gets the problem where nothing could be read.
    /// - Returns: nil where the source states the link of a session itself, or could not be read.
    package func links(_ report: inout RunReport) async -> [LinkReport]? {
        do throws(SourceError) {
            return try await job.source.links(in: job.window(at: now))
        } catch {
            report.add(error.problemCode, error.description)
            return nil
        }
    }

    private func count(_ event: EventID, _ report: inout RunReport) async -> [AttendeeStatus: Int]? {
        var counts: [AttendeeStatus: Int] = [:]
        do throws(SourceError) {
            let pages = try await job.source.attendees(of: event)
            while let page = try await pages.next() {
                report.add(page.problems)
                report.notes += page.remarks
                for attendee in page.attendees { counts[attendee.status, default: 0] += 1 }
            }
            return counts
        } catch {
            report.add(error.problemCode, error.description)
            return nil
        }
    }

    /// The keys whose values are kept like secrets, and are none.
    private static let names: Set<String> = ["username", "client-id", "tenant", "access-key"]

    /// Checks that every secret can be fetched from where the job says it is.
    ///
    /// - Parameter isOnline: Whether to run the programs that print secrets, too.
    /// - Returns: One line for each secret that is missing, which never contains a secret.
    package func missingSecrets(isOnline: Bool) async -> [String] {
        let store = job.secrets
        var missing: [String] = []
        for (reference, node) in job.references {
            if case .command = reference, !isOnline { continue }
            do throws(SecretError) {
                let key = node.path.split(separator: ".").last.map(String.init) ?? ""
                _ = try await store.secret(reference, isName: Self.names.contains(key))
            } catch {
                missing.append("\(node.position): \(node.path): \(error)")
            }
        }
        return missing
    }

    /// Warnings about publications that would show join links of sessions meant for the organization only; asks the source.
    package func exposures() async -> [String] {
        guard !job.publications.isEmpty else { return [] }
        let sessions = await events(counting: false).events.flatMap(\.sessions)
        return job.publications.compactMap { $0.exposure(of: sessions) }
    }

    /// Tries sign-in, permissions and each selection of the source, sign-in and readiness of each channel, where the publications go, and the inbox if there is one.
    package func examine() async -> [Examination] {
        let needsAttendance = job.table.rules.contains { $0.audience == .attended || $0.audience == .absent }
        var steps = EnvironmentProxy.all.map { proxy in
            Examination("connect over HTTP", result: "through the proxy \(proxy.shown) (\(proxy.variable))")
        }
        steps += await job.source.examine(
            for: SourceUse(attendance: needsAttendance, mailsAttendees: job.mailsAttendees))
        for channel in job.channels {
            for step in await channel.examine() {
                steps.append(
                    Examination(
                        "channel \(channel.name): \(step.step)", result: step.result, error: step.error,
                        warning: step.warning))
            }
        }
        steps += await examinePublications()
        if let inbox = job.inbox { steps.append(await inbox.examine()) }
        return steps
    }
}
