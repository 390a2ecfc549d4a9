import Foundation
import UsherTesting

/// A simulated Microsoft Graph on a loopback port, for benchmarks: `graph-rehearsal EVENTS SESSIONS REGISTRATIONS
/// [PAGE]`.
///
/// Prints the `source` for a job that uses it, then the request counts for every line of input; exits at the end of
/// input.
@main
enum GraphRehearsal {
    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count >= 3 else {
            print("graph-rehearsal EVENTS SESSIONS REGISTRATIONS [PAGE]")
            exit(64)
        }
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations) = (numbers[0], numbers[1], numbers[2])
        if numbers.count > 3 { tenant.page = numbers[3] }
        let server = try await GraphServer.start(tenant)
        printLine(server.source())
        // Reading blocks, so it runs on its own thread.
        let lines = AsyncStream<String> { stream in
            Thread {
                while let line = readLine() { stream.yield(line) }
                stream.finish()
            }.start()
        }
        for await _ in lines {
            let counts = server.counts
            printLine(
                "requests=\(counts.requests) "
                    + counts.answers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        await server.stop()
    }

    private static func printLine(_ text: String) {
        print(text)
        fflush(nil)
    }
}
