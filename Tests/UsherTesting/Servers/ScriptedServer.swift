internal import Foundation
internal import Glibc
internal import Synchronization

/// A server that follows a script on each connection, including invalid responses; ended by ``stop()``.
package final class ScriptedServer: Sendable {
    package enum Step: Sendable {
        /// Reads a request's header, and its body according to Content-Length; ends the script if the client has closed
        /// the connection.
        case read
        /// Reads this many octets and leaves the rest unread.
        case readPart(Int)
        /// Reads to the end of a line.
        case readLine
        /// Sends a text.
        case send(String)
        /// Sends octets.
        case sendBytes([UInt8])
        /// Sends the octets repeatedly until the client closes the connection.
        case flood([UInt8])
        /// Sends nothing until the client closes the connection.
        case hold
        /// Waits for ``goOn()``.
        case await
        /// Closes the connection with RST.
        case reset
    }

    private struct State {
        var connections: [Int32] = []
        var accepted = 0
        var requests: [String] = []
        var isStopped = false
    }

    /// The port on 127.0.0.1.
    package let port: UInt16
    private let listener: Int32
    private let scripts: [[Step]]
    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    package var url: String { "http://127.0.0.1:\(port)" }
    /// The number of connections so far.
    package var accepted: Int { state.withLock { $0.accepted } }
    /// The text of the requests so far.
    package var requests: [String] { state.withLock { $0.requests } }

    /// Starts the server; the nth connection gets the nth script, and further ones the last.
    package init(_ scripts: [[Step]]) throws {
        self.scripts = scripts
        (listener, port) = try Loopback.listen()
        Thread { [self] in accept() }.start()
    }

    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Lets one waiting connection continue.
    package func goOn() { signal.signal() }

    private func accept() {
        defer { close(listener) }
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let number: Int? = state.withLock { state in
                guard !state.isStopped else { return nil }
                state.connections.append(connection)
                state.accepted += 1
                return state.accepted - 1
            }
            guard let number else { return _ = close(connection) }
            let script = scripts[min(number, scripts.count - 1)]
            Thread { [self] in play(script, on: connection) }.start()
        }
    }

    private func play(_ script: [Step], on connection: Int32) {
        for step in script { play(step, on: connection) }
        state.withLock { $0.connections.removeAll { $0 == connection } }
        close(connection)
    }

    private func play(_ step: Step, on connection: Int32) {
        switch step {
        case .read: readRequest(connection)
        case .readPart(let count): Loopback.read(count, from: connection)
        case .readLine: Loopback.readLine(connection)
        case .send(let text): _ = Loopback.write(Array(text.utf8), to: connection)
        case .sendBytes(let octets): _ = Loopback.write(octets, to: connection)
        case .flood(let octets): while Loopback.write(octets, to: connection) {}
        case .hold: while !Loopback.readSome(connection).isEmpty {}
        case .await: signal.wait()
        case .reset: Loopback.reset(connection)
        }
    }

    private func readRequest(_ connection: Int32) {
        guard let octets = Loopback.readMessage(connection) else { return }
        state.withLock { $0.requests.append(String(decoding: octets, as: UTF8.self)) }
    }
}

/// Sockets on 127.0.0.1.
package enum Loopback {
    /// A socket could not be created.
    package struct Failure: Error {
        /// `errno`.
        package let number: Int32
    }

    /// Listens on a free port.
    package static func listen() throws -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, plain, &length) == 0
            }
        }
        guard isListening else { throw Failure(number: errno) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// A port on which nothing listens.
    package static func deadPort() throws -> UInt16 {
        let (socket, port) = try listen()
        close(socket)
        return port
    }
}

/// Runs a scripted server while `use` runs.
package func withScripts<Result>(
    _ scripts: [ScriptedServer.Step]..., use: (ScriptedServer) async throws -> Result
) async throws -> Result {
    try await withScripts(scripts: scripts, use: use)
}

/// Runs a scripted server, with the scripts as an array, while `use` runs.
package func withScripts<Result>(
    scripts: [[ScriptedServer.Step]], use: (ScriptedServer) async throws -> Result
) async throws -> Result {
    let server = try ScriptedServer(scripts)
    defer { server.stop() }
    return try await use(server)
}
