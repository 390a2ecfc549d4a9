internal import CCurl

/// One conversation with a server, of any protocol: what the loop asks of it.
///
/// Made, prepared and ended by the loop's thread, which alone touches it; libcurl's callbacks run there too. Exactly one of
/// ``end(_:on:)`` and ``abandon(_:)`` is called, once.
protocol Transfer: AnyObject {
    /// Sets all options of the handle, with this object as the context of the callbacks: the loop keeps it alive as long as
    /// the handle. What libcurl does not take, the handle notes.
    func prepare(_ easy: EasyHandle)

    /// Gives the answer, or the error that `result` stands for, to whoever waits.
    func end(_ result: CURLcode, on easy: EasyHandle)

    /// Gives an error to whoever waits: the loop will not carry this out, or no further.
    func abandon(_ reason: Abandonment)
}

/// Why the loop lets go of a transfer that libcurl did not end.
enum Abandonment: Hashable, Sendable {
    /// The waiting task was canceled.
    case canceled
    /// The client was closed before the transfer began.
    case closed
    /// Memory, threads or sockets have run out.
    case exhausted
}

/// A transfer in the mailbox: everything needed to make it on the loop's thread.
struct Order: Sendable {
    let id: UInt64
    let begin: @Sendable () -> any Transfer
}
