package import UsherModel
package import UsherPlan

extension LedgerError {
    /// The code that a run reports this error under.
    package var problemCode: RunProblem.Code {
        switch code {
        case .cannotOpen, .cannotWrite, .busy: .cannotWrite
        case .otherHost, .putBack: .guardTripped
        case .corrupt, .newerSchema: .internalError
        case .leaseLost, .outdated, .noLongerDue: .retrying
        case .noSuchDelivery: .badRecord
        }
    }
}

extension SourceError {
    /// The code that a run reports this error under.
    package var problemCode: RunProblem.Code {
        switch code {
        case .unreachable, .malformed, .throttled: .sourceUnreachable
        case .cutShort: .guardTripped
        case .refusedCredentials: .refusedCredentials
        case .canceled: .retrying
        }
    }
}

extension ExaminationError {
    /// The code that a run reports this error under.
    package var problemCode: RunProblem.Code {
        switch code {
        case .unreachable, .malformed, .throttled: .sourceUnreachable
        case .refusedCredentials: .refusedCredentials
        case .canceled: .retrying
        }
    }
}

extension PublishError {
    /// The code that a run reports this error under.
    package var problemCode: RunProblem.Code {
        switch code {
        case .cannotWrite, .lostRace: .cannotWrite
        case .notOurs: .guardTripped
        case .refusedCredentials: .refusedCredentials
        case .canceled: .retrying
        }
    }
}

extension VanishGuard {
    /// What happened, what was not done, and how a person approves it.
    package func explanation(job file: String) -> String {
        let names = vanished.prefix(5).map(\.description).joined(separator: ", ")
        let more = vanished.count > 5 ? " and \(vanished.count - 5) more" : ""
        let what =
            isEmptied
            ? "the source suddenly lists no sessions at all; \(vanished.count) future ones were expected"
            : "\(vanished.count) of \(expected) future sessions vanished at once (\(names)\(more))"
        let others =
            appeared == 0
            ? "Nothing was canceled, and nothing leaves that is about them"
            : "\(appeared) others appeared. Nothing was canceled or announced, and nothing leaves that is about any of them"
        return "\(what). \(others). If they are really gone, run: usher run \(file) --approve \(digest)"
    }
}

extension DoubtfulRoster {
    /// What happened, what was not done, and how a person approves it.
    package func explanation(job file: String) -> String {
        let what =
            isEmptied
            ? "the list \"\(list)\" is suddenly empty; \(missing) people were on it"
            : "\(missing) of the \(listed) people on the list \"\(list)\" vanished at once"
        return "\(what). No one was taken off it or added to it. If they are really gone, run: "
            + "usher run \(file) --approve \(digest)"
    }
}
