import Foundation
import Synchronization
import UsherModel

/// SIGTERM and SIGINT ask a command to stop: a run finishes the deliveries under way, everything else is canceled.
enum StopSignal {
    private static let isRequested = Atomic<Bool>(false)

    /// After this many seconds the process ends whatever it waits for, such as a disk that does not answer.
    ///
    /// Container runtimes kill it after ten. The ledger stands a crash at any moment, so it stands this, too.
    private static let lastSeconds: UInt32 = 9

    /// Makes the first signal only set a flag; a second one ends the process at once.
    static func watch() {
        for number in [SIGTERM, SIGINT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in
                StopSignal.isRequested.store(true, ordering: .relaxed)
                alarm(StopSignal.lastSeconds)
            }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
        signal(SIGALRM) { _ in
            let text: StaticString = "usher: ended without finishing, because something did not stop; run it again\n"
            write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
            _exit(Exit.willBeRetried.rawValue)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether a signal has arrived.
    static var hasArrived: Bool { isRequested.load(ordering: .relaxed) }

    /// Does some work, which is canceled as soon as a signal arrives; for work that may end at any point.
    static func canceling<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        let task = Task { await work() }
        let watcher = Task {
            while !hasArrived, !Task.isCancelled { await SystemClock.wall.pause(.milliseconds(100)) }
            if hasArrived { task.cancel() }
        }
        let value = await task.value
        watcher.cancel()
        return value
    }
}
