internal import UsherTransfer

/// Runs blocking work, such as waiting for a process, on a new thread, so that it does not block the few threads that
/// async tests share.
package func offThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await OwnThread.run { Swift.Result { try work() } }.get()
}
