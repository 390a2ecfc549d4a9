internal import Synchronization
package import UsherModel

/// Secrets that are read once a minute at most.
///
/// A secret may come from a program: no message waits for one that ran a moment ago, and a token is not used long after it expired. All who
/// ask at the same time share one run of the program.
package final class FreshSecrets: Sendable {
    private let store: SecretStore
    private let clock: WallClock
    private let cache = Mutex<[SecretReference: (secret: Secret, readAt: Instant)]>([:])
    private let reading = SharedWork<SecretReference, Result<Secret, SecretError>>()

    private static let lifetime = Duration.seconds(60)

    package init(_ store: SecretStore, _ clock: WallClock) { (self.store, self.clock) = (store, clock) }

    /// The secret as it was within the last minute.
    ///
    /// - Parameters:
    ///   - reference: Where it is.
    ///   - isName: Whether output may show it, such as a user name.
    /// - Returns: The secret.
    /// - Throws: ``SecretError``; a failure is not cached.
    package func secret(
        _ reference: SecretReference, isName: Bool = false
    ) async throws(SecretError) -> Secret {
        if let secret = cached(reference) { return secret }
        let result = await reading.value(of: reference) {
            // Someone else may have read it just before.
            if let secret = cached(reference) { return .success(secret) }
            return await read(reference, isName: isName)
        }
        guard let result else {
            throw SecretError(location: "a secret", problem: "not read, because the run was stopped", isCanceled: true)
        }
        return try result.get()
    }

    private func cached(_ reference: SecretReference) -> Secret? {
        guard let cached = cache.withLock({ $0[reference] }), clock.now() < cached.readAt + Self.lifetime else {
            return nil
        }
        return cached.secret
    }

    private func read(_ reference: SecretReference, isName: Bool) async -> Result<Secret, SecretError> {
        do throws(SecretError) {
            let secret = try await store.secret(reference, isName: isName)
            cache.withLock { $0[reference] = (secret, clock.now()) }
            return .success(secret)
        } catch {
            return .failure(error)
        }
    }
}
