internal import Foundation
internal import Glibc
internal import Synchronization

/// An SMTP server on a loopback port that replies, or breaks the connection, as a test specifies.
///
/// A message counts as accepted once its final dot has arrived, whatever the reply is.
package final class MailServer: Sendable {
    /// A point in the SMTP dialogue (RFC 5321 §3).
    package enum Place: String, Sendable, CaseIterable {
        case connect, greeting, hello, auth, sender, recipient, data, body, end, dot, quit
    }

    /// What happens at a point of the dialogue.
    package enum Act: Hashable, Sendable {
        /// This reply instead of the usual one: complete lines without their line ends.
        case reply(String)
        /// The connection is closed before the reply.
        case drop(isReset: Bool)
        /// The connection is closed after the usual reply.
        case replyAndDrop
        /// An unexpected line is sent, and then the dialogue continues.
        case interrupt(String)
        /// No reply until the client closes the connection.
        case silence
    }

    /// An accepted message.
    package struct Taken: Hashable, Sendable {
        /// The commands with the envelope's sender and recipient.
        package let sender: String
        package let recipient: String
        /// The message, with dot-stuffing removed.
        package let text: String
        /// The number of the connection, from 0.
        package let connection: Int
    }

    private struct State {
        var acts: [Place: [Act]] = [:]
        var taken: [Taken] = []
        var connections = 0
        var commands: [String] = []
        var open: [Int32] = []
        var dropped = 0
        var isCredulous = false
        var interruptions = 0
        var refused: [String: String] = [:]
        var extensions = ["8BITMIME", "SIZE 10000000", "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN XOAUTH2"]
    }

    /// The port on 127.0.0.1.
    package let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    /// `smtp://127.0.0.1:PORT`.
    package var url: String { "smtp://127.0.0.1:\(port)" }
    /// The messages accepted so far.
    package var taken: [Taken] { state.withLock { $0.taken } }
    /// The number of connections so far.
    package var connections: Int { state.withLock { $0.connections } }
    /// Every command so far, including the lines after AUTH.
    package var commands: [String] { state.withLock { $0.commands } }
    /// How often the server broke a connection.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// How often an unexpected line was sent.
    package var interruptions: Int { state.withLock { $0.interruptions } }

    /// Starts a server.
    package init() throws {
        (listener, port) = try Loopback.listen()
        Thread { [self] in accept() }.start()
    }

    /// Sets what happens the next times a point of the dialogue is reached, in order; afterwards the usual reply
    /// applies again.
    package func expect(_ location: Place, _ acts: Act...) {
        state.withLock { $0.acts[location, default: []] += acts }
    }

    /// Refuses an address with this reply, whenever it is named.
    package func refuse(_ address: String, _ reply: String) { state.withLock { $0.refused[address] = reply } }

    /// The reply to a command that names a refused address; nil for any other.
    fileprivate func refusal(of command: String) -> String? {
        state.withLock { state in state.refused.first { command.contains("<\($0.key)>") }?.value }
    }

    /// Restores the usual reply at a point, discarding what remains of ``expect(_:_:)``.
    package func forget(_ location: Place) { state.withLock { $0.acts[location] = nil } }

    /// Sets the extensions that EHLO offers.
    package func offer(_ extensions: [String]) { state.withLock { $0.extensions = extensions } }

    /// Accepts DATA even if no recipient was accepted, as RFC 2920 §3.1 allows.
    package func beCredulous() { state.withLock { $0.isCredulous = true } }

    /// Closes all connections and stops accepting new ones.
    package func stop() {
        state.withLock { state in for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) } }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Runs a server while `use` runs.
    package static func run<Result>(_ use: (MailServer) async throws -> Result) async throws -> Result {
        let server = try MailServer()
        defer { server.stop() }
        return try await use(server)
    }

    private func accept() {
        defer { close(listener) }
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { return }
            let number = state.withLock { state in
                state.open.append(socket)
                state.connections += 1
                return state.connections - 1
            }
            Thread { [self] in
                Dialogue(self, socket, number).run()
                state.withLock { $0.open.removeAll { $0 == socket } }
                close(socket)
            }.start()
        }
    }

    fileprivate func act(at location: Place) -> Act? {
        state.withLock { state in
            guard state.acts[location]?.isEmpty == false else { return nil }
            return state.acts[location]?.removeFirst()
        }
    }

    fileprivate func note(_ command: String) { state.withLock { $0.commands.append(command) } }
    fileprivate func take(_ taken: Taken) { state.withLock { $0.taken.append(taken) } }
    fileprivate var isCredulous: Bool { state.withLock { $0.isCredulous } }
    fileprivate func noteInterruption() { state.withLock { $0.interruptions += 1 } }
    fileprivate func noteDrop() { state.withLock { $0.dropped += 1 } }
    fileprivate var hello: String {
        let lines = ["mail.test"] + state.withLock { $0.extensions }
        return lines.enumerated().map { "250\($0 == lines.count - 1 ? " " : "-")\($1)" }.joined(separator: "\r\n")
    }
}

/// The dialogue on one connection, on its own thread.
private final class Dialogue {
    private struct Gone: Error {}

    private let server: MailServer
    private let socket: Int32
    private let number: Int
    private var buffer: [UInt8] = []

    init(_ server: MailServer, _ socket: Int32, _ number: Int) {
        (self.server, self.socket, self.number) = (server, socket, number)
    }

    func run() {
        do {
            try pass(.connect, nil)
            try pass(.greeting, "220 mail.test ESMTP")
            var sender = ""
            var recipient = ""
            while true {
                let line = try line()
                server.note(line)
                let word = line.split(separator: " ").first?.uppercased() ?? ""
                switch word {
                case "EHLO", "HELO": try pass(.hello, server.hello)
                case "AUTH": try auth(line)
                case "MAIL":
                    guard sender.isEmpty else {
                        try say("503 5.5.1 nested MAIL")
                        continue
                    }
                    if try pass(.sender, "250 2.1.0 fine") { sender = line }
                case "RCPT":
                    guard !sender.isEmpty else {
                        try say("503 5.5.1 no MAIL")
                        continue
                    }
                    if let refusal = server.refusal(of: line) {
                        try say(refusal)
                        continue
                    }
                    if try pass(.recipient, "250 2.1.5 fine") { recipient = line }
                case "DATA":
                    if recipient.isEmpty {
                        try say(server.isCredulous ? "354 go on" : "503 5.5.1 no RCPT")
                        if server.isCredulous { try nothing() }
                    } else if try pass(.data, "354 go on") {
                        try message(sender, recipient)
                        (sender, recipient) = ("", "")
                    }
                case "RSET":
                    (sender, recipient) = ("", "")
                    try say("250 2.0.0 forgotten")
                case "QUIT":
                    try pass(.quit, "221 2.0.0 bye")
                    return
                default: try say("502 5.5.1 what?")
                }
            }
        } catch {
            return
        }
    }

    /// Performs the action at a point; true if the usual reply was sent.
    @discardableResult
    private func pass(_ location: MailServer.Place, _ usual: String?) throws -> Bool {
        switch server.act(at: location) {
        case nil:
            if let usual { try say(usual) }
            return true
        case .reply(let text):
            try say(text)
            if text.hasPrefix("421") || location == .greeting { throw drop(isReset: false) }
            return location == .recipient && text.hasPrefix("2")
        case .drop(let isReset): throw drop(isReset: isReset)
        case .replyAndDrop:
            if let usual { try say(usual) }
            throw drop(isReset: false)
        case .interrupt(let text):
            try say(text)
            server.noteInterruption()
            return true
        case .silence:
            while !Loopback.readSome(socket).isEmpty {}
            throw Gone()
        }
    }

    private func drop(isReset: Bool) -> Gone {
        if isReset { Loopback.reset(socket) }
        shutdown(socket, Int32(SHUT_RDWR))
        server.noteDrop()
        return Gone()
    }

    private func auth(_ line: String) throws {
        let words = line.split(separator: " ")
        if words.count > 1, words[1].uppercased() == "LOGIN" {
            for prompt in ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"].dropFirst(words.count > 2 ? 1 : 0) {
                try say("334 \(prompt)")
                server.note(try self.line())
            }
        } else if words.count == 2 {
            try say("334 ")
            server.note(try self.line())
        }
        try pass(.auth, "235 2.7.0 welcome")
    }

    /// Reads the message.
    ///
    /// The point `body` is reached in its middle, `end` when all but its last line end has arrived.
    private func message(_ sender: String, _ recipient: String) throws {
        var hasPassed = (body: false, end: false)
        while true {
            if !hasPassed.body, buffer.firstRange(of: Array("middle".utf8)) != nil {
                hasPassed.body = true
                try pass(.body, nil)
            }
            if !hasPassed.end, buffer.suffix(8) == Array("the last".utf8)[...] {
                hasPassed.end = true
                try pass(.end, nil)
            }
            if let end = buffer.firstRange(of: Array("\r\n.\r\n".utf8)) {
                let text = String(decoding: buffer[..<end.lowerBound], as: UTF8.self) + "\r\n"
                buffer.removeSubrange(..<end.upperBound)
                server.take(
                    .init(
                        sender: sender, recipient: recipient, text: text.replacing("\r\n..", with: "\r\n."),
                        connection: number))
                try pass(.dot, "250 2.0.0 queued as 7")
                return
            }
            try more()
        }
    }

    /// Reads the end of a message without recipients.
    private func nothing() throws {
        let text = try line()
        try say(text == "." ? "554 5.5.1 no valid recipients" : "500 5.5.2 a message for no one")
    }

    private func line() throws -> String {
        while true {
            if let end = buffer.firstRange(of: [13, 10]) {
                defer { buffer.removeSubrange(..<end.upperBound) }
                return String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
            }
            try more()
        }
    }

    private func more() throws {
        let octets = Loopback.readSome(socket)
        guard !octets.isEmpty else { throw Gone() }
        buffer += octets
    }

    private func say(_ text: String) throws {
        guard Loopback.write(Array((text + "\r\n").utf8), to: socket) else { throw Gone() }
    }
}
