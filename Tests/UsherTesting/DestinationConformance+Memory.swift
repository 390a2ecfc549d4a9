internal import Synchronization
package import UsherModel

/// The marks of a job, in memory, with a record of every change.
package final class MarksInMemory: PublicationMemory {
    private struct State {
        var marks: [String: PublishedMark]
        var history: [PublishedMark?] = []
    }

    private let state: Mutex<State>
    private let beforeUnsure: @Sendable () async -> Void
    package let replacesUnknown: Bool

    /// Creates a memory; `beforeUnsure` is called each time a destination says that bytes are about to leave.
    package init(
        _ marks: [String: PublishedMark] = [:], replacesUnknown: Bool = true,
        beforeUnsure: @escaping @Sendable () async -> Void = {}
    ) {
        state = Mutex(State(marks: marks))
        self.replacesUnknown = replacesUnknown
        self.beforeUnsure = beforeUnsure
    }

    package var count: Int { state.withLock { $0.marks.count } }

    /// Every mark that was remembered, in order; nil for each that was forgotten.
    package var history: [PublishedMark?] { state.withLock { $0.history } }

    package func mark(of location: String) -> PublishedMark? { state.withLock { $0.marks[location] } }

    package func remember(_ mark: PublishedMark?, of location: String) async {
        if mark == .unsure { await beforeUnsure() }
        state.withLock { state in
            state.marks[location] = mark
            state.history.append(mark)
        }
    }
}

/// A memory on a full disk.
package struct FullMemory: PublicationMemory {
    package init() {}

    package func mark(of location: String) -> PublishedMark? { nil }

    package func remember(_ mark: PublishedMark?, of location: String) throws(PublishError) {
        throw PublishError(.cannotWrite, location: "ledger", problem: "the disk is full", next: "Free some space")
    }
}
