internal import UsherTransfer

/// Does work that blocks, such as waiting for a process, on a thread of its own: the few threads that async tests share are for others.
package func offThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await OwnThread.run { Swift.Result { try work() } }.get()
}
