/// What an IMAP dialogue goes over: a signed-in connection, or a recorded one in tests.
protocol IMAPWire: AnyObject {
    /// Where the dialogue is logged.
    var log: DialogueLog? { get }

    /// Sends a command, whole.
    func send(_ text: String) throws(TransferError)

    /// The next line, without its end; nothing is waited for longer than the limit, nil being that of the options.
    func line(limit: Duration?) throws(TransferError) -> [UInt8]

    /// The next octets.
    func octets(_ count: Int) throws(TransferError) -> [UInt8]

    /// An error of this mailbox.
    func problem(_ code: TransferError.Code, _ problem: String, _ next: String) -> TransferError

    /// Closes the connection at once.
    func close()
}

/// Finds lines and literals in the octets received over a connection.
struct IMAPInput {
    private let lineBytes: Int
    private var buffer: [UInt8] = []
    private var position = 0
    /// Up to where there is no line end.
    private var searched = 0

    /// - Parameter lineBytes: The longest line.
    init(lineBytes: Int) { self.lineBytes = lineBytes }

    /// Appends octets that were received.
    mutating func append(_ octets: some Collection<UInt8>) {
        if position > 0 {
            buffer.removeFirst(position)
            (position, searched) = (0, searched - position)
        }
        buffer.append(contentsOf: octets)
    }

    /// The next line, without its end; nil until more is received, and for one that is too long.
    mutating func line() -> [UInt8]? {
        guard !isLineTooLong else { return nil }
        let end = buffer[searched...].firstIndex(of: 0x0a)
        searched = end ?? buffer.count
        guard let end, !isLineTooLong else { return nil }
        let line = buffer[position..<end]
        (position, searched) = (end + 1, end + 1)
        return Array(line.last == 0x0d ? line.dropLast() : line)
    }

    /// Whether the next line is longer than any may be.
    var isLineTooLong: Bool { searched - position > lineBytes }

    /// The next octets; nil until more is received.
    mutating func octets(_ count: Int) -> [UInt8]? {
        guard buffer.count - position >= count else { return nil }
        defer {
            position += count
            searched = max(searched, position)
        }
        return Array(buffer[position..<position + count])
    }
}
