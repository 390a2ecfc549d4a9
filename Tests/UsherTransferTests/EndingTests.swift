import Testing

import UsherTesting
@testable import UsherTransfer

/// Cancellation and shutdown: every waiting task is resumed, once.
@Suite struct EndingTests {
    private func client(width: Int) throws -> HTTPClient {
        var options = TransferOptions()
        options.width = width
        return try HTTPClient(options)
    }

    /// Returns when the server has received `count` requests.
    private func arrival(of count: Int, at server: ScriptedServer) async {
        while server.requests.count < count { await Task.yield() }
    }

    @Test func cancelingATaskEndsItsTransferAndMakesRoom() async throws {
        try await withScripts([.read, .hold], [.read, .send("HTTP/1.1 204 No Content\r\n\r\n")]) { server in
            let client = try client(width: 1)
            let held = Task { await failure(try post(server.url), client) }
            await arrival(of: 1, at: server)
            let next = Task { try await client.send(try get(server.url)) }
            held.cancel()
            let error = try #require(try await held.value)
            #expect(error.code == .canceled)
            #expect(error.requestMayHaveArrived)
            #expect(try await next.value.status == 204)
            await client.close()
        }
    }

    @Test func cancelingATaskThatWaitsInTheQueueCertainlySendsNothing() async throws {
        try await withScripts([.read, .hold]) { server in
            let client = try client(width: 1)
            let held = Task { await failure(try get(server.url), client) }
            await arrival(of: 1, at: server)
            let waiting = Task { await failure(try post(server.url), client) }
            waiting.cancel()
            let error = try #require(try await waiting.value)
            #expect(error.code == .canceled)
            #expect(!error.requestMayHaveArrived)
            held.cancel()
            _ = try await held.value
            await client.close()
            #expect(server.requests.count == 1)
        }
    }

    @Test func aTaskCanceledBeforehandCertainlySendsNothing() async throws {
        try await withScripts([.read, .hold]) { server in
            try await withClient { client in
                let task = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return await failure(try post(server.url), client)
                }
                task.cancel()
                let error = try #require(try await task.value)
                #expect(error.code == .canceled)
                #expect(!error.requestMayHaveArrived)
            }
            #expect(server.accepted == 0)
        }
    }

    @Test func closingRefusesWaitingRequestsAndFinishesTheOthers() async throws {
        let answer = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withScripts([.read, .await, answer]) { server in
            let client = try client(width: 1)
            let underWay = Task { try await client.send(try get(server.url)) }
            await arrival(of: 1, at: server)
            let waiting = (0..<3).map { _ in Task { await failure(try post(server.url), client) } }
            let closing = Task { await client.close() }
            for task in waiting {
                let error = try #require(try await task.value)
                #expect(error.code == .closed)
                #expect(!error.requestMayHaveArrived)
            }
            server.goOn()
            #expect(try await underWay.value.body == Array("ok".utf8))
            await closing.value
            await client.close()
            #expect(try #require(await failure(try get(server.url), client)).code == .closed)
            #expect(server.requests.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aReleasedClientEndsItsThread() async throws {
        // The thread keeps the loop alive as long as it runs.
        weak var loop: TransferLoop?
        try await withScripts([.read, .send("HTTP/1.1 204 No Content\r\n\r\n")]) { server in
            let client = try client(width: 2)
            loop = client.loop
            _ = try await client.send(try get(server.url))
        }
        while loop != nil { await Task.yield() }
    }

    @Test func manyClientsOpenAndCloseAtOnce() async throws {
        try await withHonestServer { _ in
            Answer(status: 204)
        } use: { url in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let client = try HTTPClient()
                        async let closed: Void = client.close()
                        // Either is right, as long as the task is resumed.
                        let request = try get(url)
                        do throws(TransferError) {
                            let response = try await client.send(request)
                            #expect(response.status == 204)
                        } catch {
                            #expect(error.code == .closed)
                        }
                        await closed
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
