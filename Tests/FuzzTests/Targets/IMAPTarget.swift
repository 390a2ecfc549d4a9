@testable import UsherTransfer

/// Conducts a whole dialogue with a server that says the input, whatever it is asked.
struct IMAPTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let whole = Self.dialogue(input, chunk: .max)
        check(Self.dialogue(input, chunk: 7) == whole, "the result depends on the chunks")
        check(whole.messages.allSatisfy { whole.asked.contains($0.uid) }, "a message that nobody asked for")
        check(Set(whole.messages.map(\.uid)).count == whole.messages.count, "one message twice")
        check(whole.asked == whole.asked.sorted(), "UIDs out of order")
        check(!(whole.problem ?? "").unicodeScalars.contains { $0.value < 0x20 }, "an error with control characters")
    }

    /// What comes out of a dialogue.
    private struct Outcome: Equatable {
        var validity: UInt32?
        var asked: [UInt32] = []
        var messages: [IMAPMessage] = []
        var problem: String?
    }

    private static func dialogue(_ input: [UInt8], chunk: Int) -> Outcome {
        var options = IMAPOptions(server: "imaps://mail.example.com", folder: "INBOX", protection: .implicit)
        (options.messageBytes, options.lineBytes) = (1024, 2048)
        var outcome = Outcome()
        var dialogue = IMAPDialogue(RecordedWire(input, chunk: chunk, options), options)
        do throws(TransferError) {
            outcome.validity = try dialogue.examine().validity
            outcome.asked = try dialogue.uids(from: 2)
            outcome.messages = try dialogue.fetch(outcome.asked.prefix(options.batch))
            dialogue.logOut()
        } catch {
            outcome.problem = error.description
        }
        return outcome
    }
}

/// A connection over which the same arrives whatever is sent.
private final class RecordedWire: IMAPWire {
    let log: DialogueLog? = nil
    private let options: IMAPOptions
    private let chunk: Int
    private var input: IMAPInput
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8], chunk: Int, _ options: IMAPOptions) {
        (rest, self.chunk, self.options) = (bytes[...], chunk, options)
        input = IMAPInput(lineBytes: options.lineBytes)
    }

    func send(_ text: String) throws(TransferError) {}

    func line(limit: Duration?) throws(TransferError) -> [UInt8] {
        while true {
            if let line = input.line() { return line }
            guard !input.isLineTooLong else { throw problem(.tooLarge, "a line that is too long", "End it.") }
            try receive()
        }
    }

    func octets(_ count: Int) throws(TransferError) -> [UInt8] {
        while true {
            if let octets = input.octets(count) { return octets }
            try receive()
        }
    }

    private func receive() throws(TransferError) {
        guard !rest.isEmpty else { throw problem(.brokenOff, "the server ended the connection", "Connect again.") }
        input.append(rest.prefix(chunk))
        rest = rest.dropFirst(chunk)
    }

    func problem(_ code: TransferError.Code, _ problem: String, _ next: String) -> TransferError {
        TransferError(code, at: options.location, problem: problem, next: next)
    }

    func close() {}
}
