internal import Glibc

/// A separate thread for work that blocks: the few threads that async functions share must not wait for a network or a
/// disk.
package enum OwnThread {
    /// Runs `work` on a new thread and returns its result.
    package static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = { continuation.resume(returning: work()) }
            // If no thread can be created, blocking this one is slow, but correct.
            if !start(work) { work() }
        }
    }

    /// Starts `work` on a new thread; `false` where none can be created.
    static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(Box(work)).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                OwnThread.blockSignals()
                Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work()
                return nil
            }, context)
        guard status == 0 else {
            Unmanaged<Box>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Blocks all signals on the calling thread, SIGPIPE among them: under CURLOPT_NOSIGNAL, libcurl leaves that to its
    /// caller, and OpenSSL writes to sockets without MSG_NOSIGNAL.
    static func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }

    private final class Box: Sendable {
        let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
}
