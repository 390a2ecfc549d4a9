internal import CCurl

/// One exchange with a server that libcurl carries out: what the loop asks of it.
///
/// Created, prepared and ended on the loop's thread, which alone touches it; libcurl's callbacks run there, too.
/// Exactly one of ``end(_:on:)`` and ``abandon(_:)`` is called, once.
protocol Transfer: AnyObject {
    /// Sets all options of the handle, with this object as the context of the callbacks: the loop keeps it alive as
    /// long as the handle. The handle remembers the first option that libcurl refuses. Connections that are logged are
    /// noted in `sockets`, which outlives them.
    func prepare(_ easy: EasyHandle, _ sockets: SocketLog)

    /// Resumes the waiting task with the response, or with the error that `result` stands for.
    func end(_ result: CURLcode, on easy: EasyHandle)

    /// Resumes the waiting task with an error: the loop did not begin this transfer, or stopped it.
    func abandon(_ reason: Abandonment)
}

/// Why the loop drops a transfer that libcurl did not end.
enum Abandonment: Hashable, Sendable {
    /// The waiting task was canceled.
    case canceled
    /// The client was closed before the transfer began.
    case closed
    /// Memory, threads or sockets have run out.
    case exhausted
}

/// A transfer that was asked for: it is created on the loop's thread.
struct Order: Sendable {
    let id: UInt64
    let begin: @Sendable () -> any Transfer
}
