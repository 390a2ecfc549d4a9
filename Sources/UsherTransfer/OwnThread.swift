internal import Glibc

/// A thread of its own for work that blocks: the few threads that async functions share must not wait for a network or a disk.
package enum OwnThread {
    /// Runs `work` on a new thread and returns what it gives.
    package static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let box = Box { continuation.resume(returning: work()) }
            let context = Unmanaged.passRetained(box).toOpaque()
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work()
                    return nil
                }, context)
            guard status == 0 else {
                // No thread is to be had: waiting here is slow, and right.
                Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work()
                return
            }
            pthread_detach(thread)
        }
    }

    private final class Box: Sendable {
        let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
}
