package import UsherModel

/// The URLs that a job calls when a run starts and ends, for a service that monitors cron jobs.
package struct JobPing: Hashable, Sendable {
    /// When a URL is called.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
        /// A run begins.
        case start
        /// A run ended well.
        case success
        /// A run ended with a problem.
        case failure
    }

    /// What a run counts as whose only problem is that deliveries will be tried again by a later run (exit code 75).
    package enum Retrying: String, Hashable, Sendable, CaseIterable {
        case success, failure
    }

    /// The URLs, which are secrets.
    package let urls: [Moment: SecretReference]
    /// `success` unless the job says otherwise: the next run continues by itself.
    package let retrying: Retrying

    /// No URLs.
    package static let none = JobPing(urls: [:], retrying: .success)

    private init(urls: [Moment: SecretReference], retrying: Retrying) {
        (self.urls, self.retrying) = (urls, retrying)
    }

    private static let keys = Moment.allCases.map(\.rawValue) + ["retrying"]

    /// Reads the mapping; what is wrong in it becomes a problem, and the rest still counts.
    init(_ node: JobNode, _ problems: JobProblems) {
        guard let map = JobMap(node, problems, keys: Self.keys) else {
            self = .none
            return
        }
        var urls: [Moment: SecretReference] = [:]
        for moment in Moment.allCases { urls[moment] = map.secret(moment.rawValue) }
        self.init(urls: urls, retrying: map.choice("retrying", Retrying.self) ?? .success)
    }

    /// Reads only `ping` from a job file in which anything else may be wrong, so that a monitor hears of that, too.
    ///
    /// There are no URLs where the file is not YAML, or `ping` itself is wrong.
    package init(in bytes: [UInt8], file: String) {
        do throws(JobErrors) {
            guard case .map(let entries) = try JobParser.parse(bytes, file: file).value,
                let entry = entries.first(where: { $0.key == "ping" }), entry.value.value != .null
            else {
                self = .none
                return
            }
            self.init(entry.value, JobProblems())
        } catch {
            self = .none
        }
    }
}
