internal import Synchronization

/// Sends HTTP requests over a bounded pool of reused connections; safe to share between tasks.
///
/// One thread of its own carries out all transfers. Close it when done; a client that is released without ``close()``
/// ends its thread, too, but does not wait for it.
package final class HTTPClient: Sendable {
    let loop: TransferLoop
    private let options: TransferOptions
    /// Exchanges that were logged.
    private let exchanges = Atomic<Int>(0)

    /// Starts the client.
    ///
    /// - Throws: `badRequest` where ``TransferOptions/userAgent`` cannot be a header value, `exhausted` where this
    ///   machine has no memory or thread left.
    package init(_ options: TransferOptions = TransferOptions()) throws(TransferError) {
        _ = try HeaderField("User-Agent", options.userAgent)
        guard let loop = TransferLoop(width: options.width) else {
            throw TransferError(
                .exhausted, at: "HTTP client", problem: "no memory or no thread left",
                next: "Free memory on this machine and run again.")
        }
        self.loop = loop
        self.options = options
    }

    deinit { loop.abandonThread() }

    /// Sends one request and returns the complete response, whatever its status.
    ///
    /// Waits while ``TransferOptions/width`` transfers are under way. Canceling the task ends the transfer.
    ///
    /// - Throws: ``TransferError``; its `requestMayHaveArrived` says whether the server may have acted.
    package func send(_ request: HTTPRequest) async throws(TransferError) -> HTTPResponse {
        let options = options
        let log = DialogueLog()?.connection(
            exchanges.wrappingAdd(1, ordering: .relaxed).newValue, to: request.url.origin)
        let result = await loop.run { continuation in
            HTTPTransfer(request, options, log, continuation)
        }
        return try result.get()
    }

    /// Refuses requests that wait, finishes those under way (their timeouts hold), and ends the thread.
    package func close() async { await loop.close() }
}
