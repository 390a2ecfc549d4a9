import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

/// `usher events JOB…`: lists the source's events, with the ids that a job file uses.
struct EventsCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "List the events, sessions and registration counts of a job's source, with their ids.",
        discussion: """
            Nothing is written and nothing is sent. Paste the first line of an event into a job file, under source.events: \
            - {webinar: ID}
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Do not count registrations, which is faster.")
    var noCounts = false

    @Flag(
        help: "Show the links in each event of a calendar, and why one of them is the way into the meeting, or none is."
    )
    var why = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name at least one job file.") }
    }

    mutating func run() async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        var codes: [RunProblem.Code] = []
        for file in jobs {
            guard let job = CommandContext.configure(file, terminal) else {
                codes.append(.badJob)
                continue
            }
            if why {
                codes += await showLinks(job, file, terminal)
                continue
            }
            let (now, counts) = (time.instant, !noCounts)
            let (events, report) = await StopSignal.canceling {
                await JobInspection(job, now: now).events(counting: counts)
            }
            if events.isEmpty { terminal.say("\(file): no events with a session in the job's window") }
            for event in events { show(event, terminal) }
            for note in report.notes { terminal.say("\(file): \(note)") }
            for problem in report.problems { terminal.warn("\(file): \(problem.code.rawValue): \(problem)") }
            for line in ReportPrinter.unlisted(report) { terminal.warn("\(file): \(line)") }
            codes += report.counts.keys
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }

    /// Shows the links of a job's calendar; the codes of the problems that were met.
    private func showLinks(_ job: ConfiguredJob, _ file: String, _ terminal: Terminal) async -> [RunProblem.Code] {
        var report = RunReport(job: job.name)
        let links = await JobInspection(job, now: time.instant).links(&report)
        for problem in report.problems { terminal.warn("\(file): \(problem.code.rawValue): \(problem)") }
        guard let links else {
            if report.problems.isEmpty { terminal.say("\(file): the source states the link of each session itself") }
            return Array(report.counts.keys)
        }
        if links.isEmpty { terminal.say("\(file): no events with a time in the job's window") }
        for event in links { show(event, terminal) }
        return Array(report.counts.keys)
    }

    private func show(_ event: LinkReport, _ terminal: Terminal) {
        let chosen = event.candidates.first?.link
        terminal.say("\(event.title.isEmpty ? "(no title)" : event.title.text)  (\(event.event))")
        terminal.say(chosen.map { "  join link: \($0.text)" } ?? "  no join link: the event is left out")
        for candidate in event.candidates {
            let place = "  \(candidate.place): \(candidate.text)"
            terminal.say("\(place)\n    \(candidate.reason)")
        }
        terminal.emit([
            "id": .string(event.event.rawValue), "title": .string(event.title.text),
            "joinUrl": chosen.map { .string($0.text) } ?? .null,
            "candidates": .array(
                event.candidates.map { candidate in
                    .object([
                        "place": .string(candidate.place), "text": .string(candidate.text),
                        "joinUrl": candidate.link.map { .string($0.text) } ?? .null,
                        "reason": .string(candidate.reason),
                    ])
                }),
        ])
    }

    private func show(_ event: JobInspection.Event, _ terminal: Terminal) {
        terminal.say("{\(event.kind.rawValue): \"\(event.id)\"}")
        terminal.say("  \(event.name.isEmpty ? "(no name)" : event.name.text)\(Self.words(event.registrations))")
        for session in event.sessions {
            terminal.say(
                "  \(session.start) to \(session.end)  \(session.status.rawValue)  \(session.subject)  (\(session.zone.name), session \(session.key.session))"
            )
        }
        terminal.emit([
            "id": .string(event.id.rawValue), "kind": .string(event.kind.rawValue), "name": .string(event.name.text),
            "registrations": event.registrations.map { counts in
                .counts(counts)
            } ?? .null,
            "sessions": .array(
                event.sessions.map { session in
                    .object([
                        "id": .string(session.key.session.rawValue), "subject": .string(session.subject.text),
                        "start": .string(session.start.description), "end": .string(session.end.description),
                        "zone": .string(session.zone.name), "status": .string(session.status.rawValue),
                    ])
                }),
        ])
    }

    private static func words(_ registrations: [AttendeeStatus: Int]?) -> String {
        guard let registrations else { return "" }
        let words = AttendeeStatus.allCases.compactMap { status in
            registrations[status].map { "\($0) \(status.rawValue)" }
        }
        return ": " + (words.isEmpty ? "no registrations" : words.joined(separator: ", "))
    }
}
