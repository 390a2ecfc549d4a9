package import UsherCredentials

extension MicrosoftCloud {
    /// The hosts of the join links that Teams creates in this cloud.
    package var joinHosts: Set<String> {
        switch self {
        case .global: ["teams.microsoft.com", "teams.cloud.microsoft", "events.teams.microsoft.com", "teams.live.com"]
        case .usgovL4: ["gov.teams.microsoft.us", "events.gov.teams.microsoft.us"]
        case .usgovL5: ["dod.teams.microsoft.us", "events.dod.teams.microsoft.us"]
        case .china: ["teams.microsoftonline.cn"]
        }
    }

    /// Whether this cloud's Graph offers virtual events.
    ///
    /// Source: the metadata of each cloud (microsoftgraph/msgraph-metadata, 2026-08-20).
    package var offersVirtualEvents: Bool { self == .global }
}
