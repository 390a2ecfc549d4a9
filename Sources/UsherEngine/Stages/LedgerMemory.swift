internal import UsherModel

/// The marks of one job's publications, in the ledger.
struct LedgerMemory: PublicationMemory {
    let ledger: any Ledger
    let job: String
    let now: Instant
    let replacesUnknown: Bool

    func mark(of location: String) async throws(PublishError) -> PublishedMark? {
        do throws(LedgerError) {
            return try await ledger.publication(job: job, location: location)
        } catch {
            throw PublishError(error)
        }
    }

    func remember(_ mark: PublishedMark?, of location: String) async throws(PublishError) {
        do throws(LedgerError) {
            try await ledger.remember(mark, job: job, location: location, now: now)
        } catch {
            throw PublishError(error)
        }
    }
}

extension PublishError {
    init(_ error: LedgerError) {
        self.init(.cannotWrite, location: error.location, problem: error.problem, next: error.next)
    }
}
