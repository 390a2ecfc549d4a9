/// Sends HTTP requests over a bounded pool of reused connections; safe to share between tasks.
///
/// One thread of its own carries all transfers. Close it when done; a client let go without ``close()`` ends its thread too,
/// but does not wait for it.
package final class HTTPClient: Sendable {
    let loop: TransferLoop
    private let options: TransferOptions

    /// Starts the client.
    ///
    /// - Throws: `badRequest` where ``TransferOptions/userAgent`` cannot be a header value, `exhausted` where this machine
    ///   has no memory or thread left.
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

    /// Sends one request and returns the whole answer, whatever its status.
    ///
    /// Waits while ``TransferOptions/width`` transfers are under way. Canceling the task ends the transfer.
    ///
    /// - Throws: ``TransferError``; its `requestMayHaveArrived` says whether the server may have acted.
    package func send(_ request: HTTPRequest) async throws(TransferError) -> HTTPResponse {
        let options = options
        let result = await loop.run { continuation in
            HTTPTransfer(request, options, continuation)
        }
        return try result.get()
    }

    /// Refuses what waits, lets what is under way come to its end (its timeouts hold), and ends the thread.
    package func close() async { await loop.close() }
}
