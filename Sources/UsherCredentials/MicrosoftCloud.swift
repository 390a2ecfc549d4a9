/// A deployment of Microsoft 365 with hosts of its own.
///
/// Source: Microsoft Graph, "National cloud deployments".
package enum MicrosoftCloud: String, Hashable, Sendable, CaseIterable {
    /// The worldwide service.
    case global
    /// US Government L4 (GCC High).
    case usgovL4 = "usgov-l4"
    /// US Government L5 (DoD).
    case usgovL5 = "usgov-l5"
    /// China, operated by 21Vianet.
    case china

    /// Scheme and host of Microsoft Graph, which is also the name of the resource that a token is for.
    package var graphURL: String {
        switch self {
        case .global: "https://graph.microsoft.com"
        case .usgovL4: "https://graph.microsoft.us"
        case .usgovL5: "https://dod-graph.microsoft.us"
        case .china: "https://microsoftgraph.chinacloudapi.cn"
        }
    }

    /// The name of Exchange Online as the resource of a token for mailboxes.
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

    /// Scheme and host of the service that issues tokens.
    package var loginURL: String {
        switch self {
        case .global: "https://login.microsoftonline.com"
        case .usgovL4, .usgovL5: "https://login.microsoftonline.us"
        case .china: "https://login.chinacloudapi.cn"
        }
    }
}
