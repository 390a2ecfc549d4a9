import Foundation
import UsherTesting

/// A Microsoft Graph of its own on a loopback port, for benches and rehearsals: `graph-rehearsal EVENTS SESSIONS REGISTRATIONS [PAGE]`.
///
/// Prints the source of a job that asks it, then what was asked whenever a line comes in; ends with its input.
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
        say(server.source())
        // Reading blocks, so it has a thread of its own.
        let lines = AsyncStream<String> { stream in
            Thread {
                while let line = readLine() { stream.yield(line) }
                stream.finish()
            }.start()
        }
        for await _ in lines {
            let counts = server.counts
            say(
                "requests=\(counts.requests) "
                    + counts.answers.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        await server.stop()
    }

    private static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
