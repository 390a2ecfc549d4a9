internal import UsherModel
internal import UsherPublishers

/// Puts the bytes of one publication to their places, several at once where they go to a server, and counts what became of them.
struct PublicationWriter: Sendable {
    /// Where it goes; nil for files.
    let site: HTTPPublisher?
    let memory: LedgerMemory
    let isStopping: @Sendable () -> Bool
    private let files = FilePublisher()

    /// So many places that fail end the work on a publication for this run.
    static let patience = 5

    init(site: HTTPPublisher?, memory: LedgerMemory, isStopping: @escaping @Sendable () -> Bool) {
        (self.site, self.memory, self.isStopping) = (site, memory, isStopping)
    }

    /// Bytes, and where they go.
    struct Item: Sendable {
        let location: String
        let bytes: [UInt8]
        let mediaType: String
    }

    /// What became of one publication.
    struct Result: Sendable {
        var published: [RunReport.Publication] = []
        var counts: [Published: Int] = [:]
        var problems: [PublishError] = []

        /// Whether to leave the rest to the next run: nothing more will be taken there now.
        var isHopeless: Bool {
            problems.count >= PublicationWriter.patience || problems.contains { $0.code == .refusedCredentials }
        }

        /// Places that are named one by one; of more, only the counts are kept.
        private static let namedPlaces = 200

        /// Whether places are counted, not named.
        var isCounted: Bool { published.isEmpty }

        mutating func add(_ one: Outcome) {
            switch one {
            case .success(let publication):
                if counts.values.reduce(0, +) < Self.namedPlaces {
                    published.append(publication)
                } else {
                    published = []
                }
                counts[publication.outcome, default: 0] += 1
            case .failure(let error): problems.append(error)
            }
        }
    }

    typealias Outcome = Swift.Result<RunReport.Publication, PublishError>

    /// Puts what `next` gives until it gives nothing.
    func publish(_ next: () async throws(PublishError) -> Item?, into result: inout Result) async {
        var total = result
        await withTaskGroup(of: Outcome.self) { group in
            var underWay = 0
            do throws(PublishError) {
                while !isStopping(), !total.isHopeless, let item = try await next() {
                    if underWay >= (site == nil ? 1 : HTTPPublisher.width), let one = await group.next() {
                        total.add(one)
                        underWay -= 1
                    }
                    group.addTask { await publish(item) }
                    underWay += 1
                }
            } catch {
                total.problems.append(error)
            }
            for await one in group { total.add(one) }
        }
        result = total
    }

    private func publish(_ item: Item) async -> Outcome {
        do throws(PublishError) {
            guard let site else {
                let outcome = try await files.publish(item.bytes, mediaType: item.mediaType, to: item.location)
                return .success(.init(location: item.location, outcome: outcome))
            }
            let known = try await memory.mark(of: item.location)
            let (outcome, mark) = try await site.publish(
                item.bytes, mediaType: item.mediaType, to: item.location, known: known
            ) { (mark) async throws(PublishError) in try await memory.remember(mark, of: item.location) }
            if mark != known || outcome != .unchanged { try await memory.remember(mark, of: item.location) }
            // Never the query, which may be a key.
            return .success(.init(location: String(item.location.prefix { $0 != "?" }), outcome: outcome))
        } catch {
            return .failure(error)
        }
    }
}

/// What the ledger remembers of places, under a job.
struct LedgerMemory: PublicationMemory {
    let ledger: any Ledger
    let job: String
    let now: Instant

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
