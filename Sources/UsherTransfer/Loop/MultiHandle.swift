internal import CCurl

/// libcurl's multi handle: the pool of connections and the transfers on them.
///
/// `@unchecked Sendable` because the compiler cannot see who uses the pointer: every call except ``wake()`` is made by
/// the loop's thread alone, and `curl_multi_wakeup` is the one function libcurl allows on any thread. The pointer stays
/// valid for it because `TransferLoop` wakes the thread only under its lock, and only until the thread has announced
/// there that it ends.
struct MultiHandle: @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer

    /// libcurl is started once for the process; since 7.84 that may happen on any thread.
    private static let libraryStart = usher_curl_global_init()

    /// Nil where libcurl has no memory.
    init?(width: Int) {
        guard Self.libraryStart == CURLE_OK, let pointer = curl_multi_init() else { return nil }
        self.pointer = pointer
        for option in [CURLMOPT_MAXCONNECTS, CURLMOPT_MAX_TOTAL_CONNECTIONS] {
            guard usher_curl_multi_setopt_long(pointer, option, width) == CURLM_OK else {
                curl_multi_cleanup(pointer)
                return nil
            }
        }
    }

    /// Ends the thread's wait; callable from any thread.
    func wake() { curl_multi_wakeup(pointer) }

    func add(_ easy: EasyHandle) -> Bool { curl_multi_add_handle(pointer, easy.pointer) == CURLM_OK }

    func remove(_ easy: EasyHandle) { curl_multi_remove_handle(pointer, easy.pointer) }

    /// Advances all transfers as far as possible without waiting.
    func perform() -> Bool {
        var running: Int32 = 0
        return curl_multi_perform(pointer, &running) == CURLM_OK
    }

    /// Waits until a transfer can continue, a timer fires or ``wake()`` is called.
    func wait(milliseconds: Int32) -> Bool {
        curl_multi_poll(pointer, nil, 0, milliseconds, nil) == CURLM_OK
    }

    /// The next transfer that ended, with its result.
    func nextEnded() -> (easy: UnsafeMutableRawPointer, result: CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            return (easy, message.pointee.data.result)
        }
        return nil
    }

    /// Closes all connections; the handle must not be used afterwards.
    func close() { curl_multi_cleanup(pointer) }
}
