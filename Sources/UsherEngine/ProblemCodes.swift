package import UsherModel
package import UsherPlan

extension LedgerError {
    /// What kind of finding this is.
    package var finding: RunProblem.Code {
        switch code {
        case .cannotOpen, .cannotWrite, .busy: .cannotWrite
        case .otherHost: .guardTripped
        case .corrupt, .newerSchema: .internalError
        case .leaseLost, .staleClaim: .retrying
        case .noSuchDelivery: .badRecord
        }
    }
}

extension SourceError {
    /// What kind of finding this is.
    package var finding: RunProblem.Code {
        switch code {
        case .unreachable, .malformed, .throttled: .sourceUnreachable
        case .refusedCredentials: .refusedCredentials
        }
    }
}

extension PublishError {
    /// What kind of finding this is.
    package var finding: RunProblem.Code {
        switch code {
        case .cannotWrite, .lostRace: .cannotWrite
        case .refusedCredentials: .refusedCredentials
        }
    }
}

extension VanishGuard {
    /// What happened, what was not done, and how a person decides.
    package func explanation(job file: String) -> String {
        let names = vanished.prefix(5).map(\.description).joined(separator: ", ")
        let more = vanished.count > 5 ? " and \(vanished.count - 5) more" : ""
        let what =
            isEmptied
            ? "the source suddenly lists nothing; \(vanished.count) coming sessions were known"
            : "\(vanished.count) of \(known) coming sessions vanished at once (\(names)\(more))"
        return "\(what). Nothing was canceled. If they are really gone: usher run \(file) --approve \(digest)"
    }
}
