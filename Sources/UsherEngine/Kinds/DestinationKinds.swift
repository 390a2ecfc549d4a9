internal import UsherCredentials
internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// The kinds of destination there are: the only list.
enum DestinationKinds {
    /// Builds a destination and fetches its secrets; nothing is sent yet.
    ///
    /// - Throws: ``PublishError`` where a secret is missing, or this machine has no memory or thread left.
    static func make(
        _ options: DestinationOptions, secrets: SecretStore
    ) async throws(PublishError) -> any Destination {
        switch options {
        case .file(_, replaces: _, let mode): FileDestination(mode: mode)
        case .web(let options): try await WebDestination(options, secrets: secrets)
        case .collection(let options):
            try await CollectionDestination(options, prodID: FeedRenderer.prodID, secrets: secrets)
        }
    }
}
