import Foundation
import Synchronization

/// SIGTERM and SIGINT ask a run to stop: it finishes the deliveries under way, claims no new ones and exits.
enum StopSignal {
    private static let isRequested = Atomic<Bool>(false)

    /// Makes the first signal only set a flag; a second one ends the process at once.
    static func watch() {
        for number in [SIGTERM, SIGINT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in StopSignal.isRequested.store(true, ordering: .relaxed) }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether a signal has arrived.
    static var hasArrived: Bool { isRequested.load(ordering: .relaxed) }
}
