import Foundation
import Synchronization

/// SIGTERM and SIGINT ask a run to stop: it finishes what is on the wire, claims nothing new and ends.
enum StopSignal {
    private static let isAsked = Atomic<Bool>(false)

    /// From now on the signals are noted instead of ending the process; a second one ends it at once.
    static func watch() {
        for number in [SIGTERM, SIGINT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in StopSignal.isAsked.store(true, ordering: .relaxed) }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether one has come.
    static var hasCome: Bool { isAsked.load(ordering: .relaxed) }
}
