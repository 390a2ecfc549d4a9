internal import Foundation
internal import Glibc
internal import Synchronization

/// A proxy between a client and an HTTP server, with one request per connection, that breaks some of the connections
/// before or during the response, with FIN or RST.
package final class FaultyLink: Sendable {
    /// What happens to one connection.
    package enum Fate: Sendable {
        /// It is not broken.
        case whole
        /// Closed with RST before the request is forwarded.
        case resetAtOnce
        /// Closed with RST after the request was forwarded, before the first byte of the response.
        case resetBeforeAnswer
        /// Closed with RST after half of the request was forwarded, on both sides.
        case halfRequest
        /// Closed with FIN after half of the response.
        case cut
        /// Closed with RST after half of the response.
        case resetInside
    }

    /// The port on 127.0.0.1.
    package let port: UInt16
    private let listener: Int32
    private let target: UInt16
    private let fate: @Sendable (Int) -> Fate
    private let isStopped = Mutex(false)
    private let number = Mutex(0)
    private let lines = Mutex<[String]>([])

    /// The number of connections so far.
    package var connections: Int { number.withLock { $0 } }

    /// The request lines so far, in the order in which they arrived.
    package var requestLines: [String] { lines.withLock { $0 } }

    /// Starts the proxy; the nth connection gets the nth fate.
    package init(to target: UInt16, fate: @escaping @Sendable (Int) -> Fate) throws {
        (self.target, self.fate) = (target, fate)
        (listener, port) = try Loopback.listen()
        Thread { [self] in accept() }.start()
    }

    /// Stops accepting connections.
    package func stop() {
        isStopped.withLock { $0 = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        defer { close(listener) }
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            if isStopped.withLock({ $0 }) { return _ = close(client) }
            let own = number.withLock { number in
                defer { number += 1 }
                return number
            }
            let fate = fate(own)
            Thread { [self] in carry(client, fate) }.start()
        }
    }

    private func carry(_ client: Int32, _ fate: Fate) {
        defer { close(client) }
        guard let request = Loopback.readMessage(client) else { return }
        let line = String(decoding: request.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        lines.withLock { $0.append(line) }
        if case .resetAtOnce = fate { return Loopback.reset(client) }
        guard let server = Loopback.connect(to: target) else { return }
        defer { close(server) }
        if case .halfRequest = fate {
            _ = Loopback.write(Array(request.prefix(request.count / 2)), to: server)
            return Loopback.reset(client)
        }
        guard Loopback.write(request, to: server) else { return }
        let hasBody = !request.starts(with: Array("HEAD ".utf8))
        guard let answer = Loopback.readMessage(server, isAnswer: true, hasBody: hasBody).map(Self.closing) else {
            return
        }
        switch fate {
        case .whole: _ = Loopback.write(answer, to: client)
        case .resetAtOnce, .resetBeforeAnswer, .halfRequest: Loopback.reset(client)
        case .cut: _ = Loopback.write(Array(answer.prefix(answer.count / 2)), to: client)
        case .resetInside:
            _ = Loopback.write(Array(answer.prefix(answer.count / 2)), to: client)
            Loopback.reset(client)
        }
    }

    /// The response with `Connection: close` added.
    private static func closing(_ answer: [UInt8]) -> [UInt8] {
        guard let end = answer.firstIndex(of: 10) else { return answer }
        return answer[...end] + Array("Connection: close\r\n".utf8) + answer[(end + 1)...]
    }
}

extension Loopback {
    /// A connection to a port on 127.0.0.1.
    static func connect(to port: UInt16) -> Int32? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return connection }
        close(connection)
        return nil
    }

    /// Makes the next close of a connection send RST.
    static func reset(_ connection: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Writes all octets; false if the peer has closed the connection.
    static func write(_ octets: [UInt8], to connection: Int32) -> Bool {
        var left = octets[...]
        while !left.isEmpty {
            let count = left.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            left = left.dropFirst(count)
        }
        return true
    }

    /// Reads some octets; none if the peer has closed the connection.
    static func readSome(_ connection: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : []
    }

    /// Reads `count` octets, or fewer if the peer closes the connection.
    static func read(_ count: Int, from connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: count)
        _ = recv(connection, &buffer, count, Int32(MSG_WAITALL))
    }

    /// Reads to the end of the line, or until the peer closes the connection.
    static func readLine(_ connection: Int32) {
        var octet: UInt8 = 0
        while recv(connection, &octet, 1, 0) == 1, octet != 10 {}
    }

    /// Reads an HTTP/1.1 message with its body (RFC 9112 §6.3); nil if the peer closes the connection before its end.
    static func readMessage(_ connection: Int32, isAnswer: Bool = false, hasBody: Bool = true) -> [UInt8]? {
        var octets: [UInt8] = []
        var isOver = false
        while true {
            let text = String(decoding: octets, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let fields = text[..<end.lowerBound].lowercased().split(separator: "\r\n")
                let isBare = isAnswer && (fields.first.map { $0.contains(" 204 ") || $0.contains(" 304 ") } ?? false)
                let count = text[end.upperBound...].utf8.count
                let stated = fields.first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
                let isChunked = fields.contains { $0.hasPrefix("transfer-encoding:") && $0.contains("chunked") }
                let isWhole =
                    if !hasBody || isBare { true } else if isChunked { text.hasSuffix("0\r\n\r\n") } else if let stated
                    {
                        count >= stated
                    } else { !isAnswer || isOver }
                if isWhole { return octets }
            }
            if isOver { return nil }
            let more = readSome(connection)
            isOver = more.isEmpty
            octets += more
        }
    }
}
