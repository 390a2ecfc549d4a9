/// The limits of a mail provider.
package struct ChannelPreset: Hashable, Sendable {
    /// A provider's service.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        /// Exchange Online, SMTP submission with a mailbox.
        case exchangeOnline = "exchange-online"
        /// Gmail with a Google Workspace account, over smtp.gmail.com.
        case googleWorkspace = "google-workspace"
        /// Amazon SES before production access is granted.
        case sesSandbox = "ses-sandbox"
    }

    /// How many deliveries may be under way at once.
    package let connections: Int
    package let rate: Rate

    /// The figures of a provider, as published or reported; README names the source of each.
    package static func of(_ name: Name) -> ChannelPreset {
        switch name {
        // Exchange Online limits: 3 connections, 30 messages per minute, 10,000 recipients per day (sender thread limit 432 4.3.2).
        case .exchangeOnline: ChannelPreset(connections: 3, rate: Rate(count: 30, period: .seconds(60)))
        // Google Workspace Admin Help, "Gmail sending limits": 2,000 messages per day and account; no limit on connections is stated.
        case .googleWorkspace: ChannelPreset(connections: 4, rate: Rate(count: 2000, period: .seconds(86_400)))
        // Amazon SES Developer Guide, "Service quotas": the sandbox sends one message per second, 200 per day.
        case .sesSandbox: ChannelPreset(connections: 1, rate: Rate(count: 1, period: .seconds(1)))
        }
    }
}
