/// A deployment of Microsoft 365 with hosts of its own.
///
/// Source: Microsoft Graph, "National cloud deployments"; the metadata of each cloud (microsoftgraph/msgraph-metadata, 2026-08-20) for what
/// it offers.
package enum GraphCloud: String, Hashable, Sendable, CaseIterable {
    /// The worldwide service.
    case global
    /// US Government L4 (GCC High).
    case usgovL4 = "usgov-l4"
    /// US Government L5 (DoD).
    case usgovL5 = "usgov-l5"
    /// China, operated by 21Vianet.
    case china

    /// Where Graph is asked: scheme and host.
    package var graphURL: String {
        switch self {
        case .global: "https://graph.microsoft.com"
        case .usgovL4: "https://graph.microsoft.us"
        case .usgovL5: "https://dod-graph.microsoft.us"
        case .china: "https://microsoftgraph.chinacloudapi.cn"
        }
    }

    /// What a token for mail boxes is asked for: Exchange Online's own name in this cloud.
    ///
    /// Sources: Exchange Online, "Authenticate an IMAP, POP or SMTP connection using OAuth" (client credentials); "Microsoft 365 endpoints" of
    /// the national clouds.
    package var exchangeURL: String {
        switch self {
        case .global: "https://outlook.office365.com"
        case .usgovL4: "https://outlook.office365.us"
        case .usgovL5: "https://webmail.apps.mil"
        case .china: "https://partner.outlook.cn"
        }
    }

    /// Where tokens are given out: scheme and host.
    package var loginURL: String {
        switch self {
        case .global: "https://login.microsoftonline.com"
        case .usgovL4, .usgovL5: "https://login.microsoftonline.us"
        case .china: "https://login.chinacloudapi.cn"
        }
    }

    /// The hosts that Teams gives join links in this cloud.
    package var joinHosts: Set<String> {
        switch self {
        case .global: ["teams.microsoft.com", "teams.cloud.microsoft", "events.teams.microsoft.com", "teams.live.com"]
        case .usgovL4: ["gov.teams.microsoft.us", "events.gov.teams.microsoft.us"]
        case .usgovL5: ["dod.teams.microsoft.us", "events.dod.teams.microsoft.us"]
        case .china: ["teams.microsoftonline.cn"]
        }
    }

    /// Whether this cloud's Graph has virtual events.
    package var offersVirtualEvents: Bool { self == .global }
}
