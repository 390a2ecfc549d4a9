internal import Synchronization
package import UsherModel

/// Secrets that are read once a minute at most.
///
/// A secret may come from a program: no message waits for one that ran a moment ago, and a token is not used long after it expired.
package final class FreshSecrets: Sendable {
    private let store: SecretStore
    private let clock: WallClock
    private let cache = Mutex<[SecretReference: (secret: Secret, readAt: Instant)]>([:])

    private static let lifetime = Duration.seconds(60)

    package init(_ store: SecretStore, _ clock: WallClock) { (self.store, self.clock) = (store, clock) }

    /// The secret as it was within the last minute.
    ///
    /// - Throws: ``SecretError``; a failure is not cached.
    package func secret(_ reference: SecretReference) throws(SecretError) -> Secret {
        let now = clock.now()
        if let cached = cache.withLock({ $0[reference] }), now < cached.readAt + Self.lifetime { return cached.secret }
        let secret = try store.secret(reference)
        cache.withLock { $0[reference] = (secret, now) }
        return secret
    }
}
