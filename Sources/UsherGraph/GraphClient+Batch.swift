internal import UsherCredentials
internal import UsherJob
internal import UsherModel
package import UsherText
internal import UsherTransfer

extension GraphClient {
    /// Requests in one batch (Microsoft Graph, "JSON batching": 20).
    package static let batchSize = 20
    /// Batches under way at once.
    package static let batchesAtOnce = 4

    /// Gets many objects in few round trips.
    ///
    /// Each gets as many attempts as a call of its own: what was throttled or failed in one batch goes into the next.
    ///
    /// - Parameters:
    ///   - paths: What to get.
    ///   - effort: How much is done for an answer.
    /// - Returns: An answer or an error for each path, in the order of the paths.
    package func getAll(_ paths: [GraphPath], _ effort: Effort = .needed) async -> [Result<JSONValue, GraphError>] {
        let starts = stride(from: 0, to: paths.count, by: Self.batchSize)
        var answers: [Int: [Result<JSONValue, GraphError>]] = [:]
        await withTaskGroup(of: (Int, [Result<JSONValue, GraphError>]).self) { group in
            var underWay = 0
            func collect() async {
                guard let (start, results) = await group.next() else { return }
                answers[start] = results
                underWay -= 1
            }
            for start in starts {
                if underWay == Self.batchesAtOnce { await collect() }
                let part = Array(paths[start..<min(start + Self.batchSize, paths.count)])
                group.addTask { (start, await self.batch(part, effort)) }
                underWay += 1
            }
            while underWay > 0 { await collect() }
        }
        return starts.flatMap { answers[$0] ?? [] }
    }

    /// Sends one batch, then further ones with the requests that are still unanswered.
    private func batch(_ paths: [GraphPath], _ effort: Effort) async -> [Result<JSONValue, GraphError>] {
        guard paths.count > 1 else { return [await single(paths[0], effort)] }
        var results: [Int: Result<JSONValue, GraphError>] = [:]
        var open = Array(paths.indices)
        for attempt in 1...effort.attempts {
            let round: Round
            do throws(GraphError) {
                round = try await ask(open.map { ($0, paths[$0]) }, effort)
            } catch {
                return paths.indices.map { results[$0] ?? .failure(error) }
            }
            results.merge(round.results) { $1 }
            open = open.filter { index in
                switch results[index] {
                case .failure(let error)?: error.isTransient || error.status == 401 && attempt == 1 && round.hasNewToken
                case .success?: false
                case nil: true
                }
            }
            guard !open.isEmpty, attempt < effort.attempts, let worst = worst(open, results) else { break }
            do throws(GraphError) { try await pause(after: worst, attempt) } catch { break }
        }
        return paths.indices.map { results[$0] ?? .failure(unanswered(paths[$0])) }
    }

    private func single(_ path: GraphPath, _ effort: Effort) async -> Result<JSONValue, GraphError> {
        do throws(GraphError) { return .success(try await get(path, effort)) } catch { return .failure(error) }
    }

    /// The answers to one batch, by the index of the request.
    private struct Round {
        var results: [Int: Result<JSONValue, GraphError>] = [:]
        /// Whether requests whose token was refused will have another one.
        var hasNewToken = false
    }

    private func ask(_ requests: [(Int, GraphPath)], _ effort: Effort) async throws(GraphError) -> Round {
        let items = requests.map { index, path -> JSONValue in
            ["id": .string(String(index)), "method": "GET", "url": .string(path.text)]
        }
        var body: [UInt8] = []
        JSONValue.object(["requests": .array(items)]).write(to: &body)
        let (_, tree, token) = try await send(needsObject: true, effort) { () throws(TransferError) in
            var request = HTTPRequest(
                .post, try HTTPURL("\(connection.graphURL)/\(connection.version)/$batch"),
                fields: [try HeaderField("Content-Type", "application/json")], body: body)
            // A batch holds only GETs.
            request.isRepeatable = true
            return request
        }
        var round = Round()
        for item in tree?["responses"].items ?? [] {
            guard let index = item["id"].text.flatMap({ Int($0) }) ?? item["id"].integer,
                let path = requests.first(where: { $0.0 == index })?.1
            else { continue }
            round.results[index] = result(item, path)
        }
        // However many of the answers refuse it, it is one token.
        let isRefused = round.results.values.contains {
            if case .failure(let error) = $0 { error.status == 401 } else { false }
        }
        if isRefused { round.hasNewToken = await tokens.drop(token) }
        return round
    }

    private func result(_ item: JSONValue, _ path: GraphPath) -> Result<JSONValue, GraphError> {
        let status = item["status"].integer ?? 0
        let body = item["body"]
        if (200...299).contains(status), body.isObject { return .success(body) }
        let headers = item["headers"]
        func header(_ name: String) -> String? {
            guard case .object(let object) = headers else { return nil }
            return object.members.first { $0.name.lowercased() == name }.flatMap {
                $0.value.text ?? $0.value.integer.map(String.init)
            }
        }
        let refusal = GraphRefusal(
            status: status == 0 ? 500 : status, tree: body,
            retryAfter: header("retry-after").flatMap {
                RetryAfter.duration($0, date: header("date"), now: runtime.clock.now().secondsSince1970)
            },
            requestID: header("request-id"))
        return .failure(refusal.error(at: "GET \(connection.graphURL)/\(connection.version)\(path)"))
    }

    /// The error that asks for the longest wait.
    private func worst(_ open: [Int], _ results: [Int: Result<JSONValue, GraphError>]) -> GraphError? {
        let errors = open.map { index -> GraphError in
            guard case .failure(let error)? = results[index] else { return unanswered(GraphPath(["$batch"])) }
            return error
        }
        return errors.max { ($0.retryAfter ?? .zero) < ($1.retryAfter ?? .zero) }
    }

    private func unanswered(_ path: GraphPath) -> GraphError {
        GraphError(
            .malformed, location: "GET \(connection.graphURL)/\(connection.version)\(path)",
            problem: "the batch holds no answer to it", next: "Nothing to do: a later run asks again")
    }
}
