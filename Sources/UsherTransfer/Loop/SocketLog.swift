/// Whose log says that a connection was closed: libcurl closes it when it likes, often long after the exchange that
/// opened it.
///
/// Not `Sendable`: used by the loop's thread, as long as the multi handle exists.
final class SocketLog {
    private var connections: [Int32: (log: DialogueLog, address: String)] = [:]

    func opened(_ socket: Int32, to address: String, _ log: DialogueLog) { connections[socket] = (log, address) }

    func closed(_ socket: Int32) {
        guard let connection = connections.removeValue(forKey: socket) else { return }
        connection.log.note("closed the connection to \(connection.address)")
    }
}
