package import UsherModel

/// Publishes the artifacts of one publication, several at once if the destination allows it, and counts the outcomes.
package struct PublicationWriter: Sendable {
    private let destination: any Destination
    private let memory: any PublicationMemory
    private let isStopping: @Sendable () -> Bool

    /// After this many failures the rest of a publication is left to the next run.
    package static let failureLimit = 5

    package init(
        _ destination: any Destination, memory: any PublicationMemory, isStopping: @escaping @Sendable () -> Bool
    ) {
        (self.destination, self.memory, self.isStopping) = (destination, memory, isStopping)
    }

    /// The outcomes of one publication.
    package struct Result: Sendable {
        /// What became of each artifact; empty once there are more than ``namedLocations``.
        package private(set) var published: [RunReport.Publication] = []
        package private(set) var counts: [PublishOutcome: Int] = [:]
        package private(set) var problems: [PublishError] = []

        /// Up to this many locations are reported one by one; beyond, only the counts are kept.
        private static let namedLocations = 200

        package init() {}

        /// Whether the rest is left to the next run, because nothing more would succeed now.
        package var isHopeless: Bool {
            problems.count >= PublicationWriter.failureLimit || problems.contains { $0.code == .refusedCredentials }
        }

        /// Whether there are only counts, and no locations.
        package var isCounted: Bool { published.isEmpty }

        mutating func add(_ problem: PublishError) { problems.append(problem) }

        fileprivate mutating func add(_ attempt: Attempt) {
            switch attempt {
            case .success(let publication?):
                if counts.values.reduce(0, +) < Self.namedLocations {
                    published.append(publication)
                } else {
                    published = []
                }
                counts[publication.outcome, default: 0] += 1
            case .success(nil): return
            case .failure(let error): add(error)
            }
        }
    }

    /// The outcome of one artifact; nil for an object that is not ours.
    fileprivate typealias Attempt = Swift.Result<RunReport.Publication?, PublishError>

    private enum Step: Sendable {
        case publish(Artifact)
        case remove(location: String)
    }

    /// Publishes every artifact that `next` returns, until it returns nil; then removes what the destination lists and is
    /// no longer wanted.
    ///
    /// A failure does not stop the other artifacts, unless there are many. Nothing is removed before all artifacts have
    /// been seen: a run that stops early does not know what is unwanted.
    ///
    /// - Throws: ``PublishError`` where the destination cannot be read; nothing was published then.
    package func publish(
        _ next: () async throws(PublishError) -> Artifact?, into result: inout Result
    ) async throws(PublishError) {
        let inventory = try await destination.inventory()
        var unwanted = inventory?.entityTags ?? [:]
        var isComplete = false
        await carryOut(in: inventory, into: &result) { () async throws(PublishError) in
            guard let artifact = try await next() else {
                isComplete = true
                return nil
            }
            unwanted[artifact.location] = nil
            return .publish(artifact)
        }
        guard isComplete, let inventory else { return }
        var locations = unwanted.keys.sorted()[...]
        await carryOut(in: inventory, into: &result) { () async throws(PublishError) in
            locations.popFirst().map { .remove(location: $0) }
        }
    }

    private func carryOut(
        in inventory: Inventory?, into result: inout Result, _ next: () async throws(PublishError) -> Step?
    ) async {
        var total = result
        await withTaskGroup(of: Attempt.self) { group in
            var underWay = 0
            do throws(PublishError) {
                while true {
                    if underWay >= destination.width, let attempt = await group.next() {
                        total.add(attempt)
                        underWay -= 1
                    }
                    guard !isStopping(), !total.isHopeless, let step = try await next() else { break }
                    group.addTask { await carryOut(step, in: inventory) }
                    underWay += 1
                }
            } catch {
                total.add(error)
            }
            for await attempt in group { total.add(attempt) }
        }
        result = total
    }

    private func carryOut(_ step: Step, in inventory: Inventory?) async -> Attempt {
        do throws(PublishError) {
            switch step {
            case .publish(let artifact):
                let outcome = try await destination.publish(artifact, in: inventory, memory: memory)
                return .success(.init(location: destination.label(of: artifact.location), outcome: outcome))
            case .remove(let location):
                guard let inventory,
                    let outcome = try await destination.remove(location, in: inventory, memory: memory)
                else { return .success(nil) }
                return .success(.init(location: destination.label(of: location), outcome: outcome))
            }
        } catch {
            return .failure(error)
        }
    }
}
