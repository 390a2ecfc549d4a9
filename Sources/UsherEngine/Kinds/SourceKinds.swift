internal import FoundationEssentials
internal import ICalendar
internal import UsherCredentials
internal import UsherGraph
internal import UsherJob
package import UsherModel
internal import UsherSources
internal import UsherTransfer

/// The only list of the kinds of source.
package enum SourceKinds {
    /// The kinds that a job file may name.
    package static let names = ["file", "graph", "ics"]

    /// Creates the source that a job file describes; nil, with a problem, where the description is invalid.
    static func make(
        _ job: Job, _ problems: JobProblems, zones: TimeZoneDatabase, _ runtime: RuntimeEnvironment
    ) -> (any Source)? {
        switch job.source.kind {
        case "file":
            guard let options = FileSourceOptions(job.source, problems, folder: job.folder) else { return nil }
            return FileSource(options, zones: zones, readAt: runtime.clock.now())
        case "graph":
            guard let options = GraphSourceOptions(job.source, problems) else { return nil }
            return graph(options, job, problems, zones, runtime)
        case "ics":
            guard
                let options = ICSSourceOptions(
                    job.source, problems, folder: job.folder, length: job.defaultLength, isZone: { zones.contains($0) })
            else { return nil }
            let secrets = SecretStore(environment: runtime.variables, folder: job.folder, clock: runtime.clock)
            let cache = runtime.keepsFeeds ? FeedCache(besideLedger: job.ledger, job: job.name) : nil
            return ICSSource(options, zones: zones, runtime: runtime, secrets: secrets, cache: cache)
        default:
            problems.error(
                job.source.node, "the kind \"\(job.source.kind.prefix(40))\"", expected: names.joined(separator: ", ")
            )
            return nil
        }
    }

    /// Removes the feeds that runs have kept beside a ledger.
    ///
    /// - Throws: ``LedgerError``.
    package static func forgetFeeds(ledger: String) throws(LedgerError) {
        do throws(FileError) {
            try FeedCache.removeAll(besideLedger: ledger)
        } catch {
            throw LedgerError(
                .cannotWrite, location: error.path, problem: error.reason, next: "Remove this file, and forget again")
        }
    }

    /// What tells this source from another: its kind and where it is, as a digest, since a URL may be a secret.
    static func identity(of job: Job) -> String {
        let values = ["path", "url", "tenant"].map { key -> String in
            guard case .text(let text)? = job.source.node[key]?.value else { return "" }
            // The same file, from whatever folder usher is started; a symbolic link stays what it is.
            return key == "path" ? URL(filePath: JobPaths.resolve(text, in: job.folder)).standardized.path : text
        }
        return "\(job.source.kind) \(Digest.hex(of: values).prefix(16))"
    }

    /// The connection of a `graph` source, which its channels may share; nil for other kinds.
    ///
    /// Its problems are reported by ``make(_:_:zones:_:)``.
    static func connection(of job: Job) -> GraphConnection? {
        job.source.kind == "graph" ? GraphSourceOptions(job.source, JobProblems())?.connection : nil
    }

    private static func graph(
        _ options: GraphSourceOptions, _ job: Job, _ problems: JobProblems, _ zones: TimeZoneDatabase,
        _ runtime: RuntimeEnvironment
    ) -> (any Source)? {
        let secrets = SecretStore(environment: runtime.variables, folder: job.folder, clock: runtime.clock)
        do throws(SourceError) {
            return try GraphSource(options, zones: zones, runtime: runtime, secrets: secrets)
        } catch {
            problems.error(job.source.node, error.description, expected: "a source that can be set up")
            return nil
        }
    }
}
