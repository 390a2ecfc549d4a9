import Testing
import UsherTesting

@testable import UsherTransfer

/// No reader of what servers say needs work that grows faster than it.
@Suite("work grows as a server's words do", .serialized)
struct GrowthTests {
    private static func repeated(_ text: String, _ count: Int) -> [UInt8] {
        Array(String(repeating: text, count: count / text.utf8.count + 1).utf8)
    }

    @Test(arguments: ["a ", "(", ")", "()", "\"", "\"a\" ", "\\", " ", "{", "}", "* 1 FETCH (UID 1 X \""])
    func imap(_ text: String) async throws {
        try await Growth.expectLinear("IMAP of \(text)", input: { Self.repeated(text, $0) }) { bytes in
            _ = IMAPResponse([.text(bytes), .literal(bytes), .text(bytes)]).items
            _ = IMAPResponse.shown([.text(bytes)])
            _ = IMAPResponse.literal(announcedBy: bytes)
        }
    }

    /// What a server may answer to each of our commands.
    @Test(arguments: [
        ("* SEARCH", " 17", ""), ("* 1 FETCH (", "UID 1 ", ")"), ("* 1 FETCH (UID 1 BODY[]<0> \"", "\\\"", "\")"),
        ("* LIST (", "\\Noselect ", ") \"/\" INBOX"), ("* OK [", "UIDVALIDITY 1 ", "]"),
        ("* CAPABILITY", " IMAP4rev1", ""),
        ("a1 NO ", "[ALERT] ", ""), ("* STATUS INBOX (", "UIDNEXT 1 ", ")"), ("* 1 FETCH (UID 1 X ", "((", "))"),
    ])
    func imapAnswers(_ start: String, _ middle: String, _ end: String) async throws {
        try await Growth.expectLinear("IMAP of \(start)\(middle)") {
            Array(start.utf8) + Self.repeated(middle, $0) + Array(end.utf8)
        } work: { bytes in
            _ = IMAPResponse([.text(bytes)]).items
            _ = IMAPResponse.shown([.text(bytes)])
            _ = IMAPResponse.literal(announcedBy: bytes)
        }
    }

    @Test func manyLiterals() async throws {
        try await Growth.expectLinear("literals") { count in
            (0..<count).map { $0 % 2 == 0 ? IMAPResponse.Piece.text([65]) : .literal([65]) }
        } work: {
            _ = IMAPResponse($0).items
        }
    }

    @Test(arguments: ["250-a\r\n", "250 a\r\n", "2", "\n", "250-", " "])
    func smtp(_ text: String) async throws {
        try await Growth.expectLinear("SMTP of \(text)", input: { Self.repeated(text, $0) }) { bytes in
            for size in [1, bytes.count] {
                var reader = MailReplyReader()
                var rest = bytes[...]
                do throws(MailReplyReader.Violation) {
                    while !rest.isEmpty {
                        rest.prefix(size).withUnsafeBytes { reader.append($0) }
                        rest = rest.dropFirst(size)
                        while let reply = try reader.next() { _ = (reply.text, reply.enhanced) }
                    }
                } catch {}
            }
            let lines = bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
            _ = MailReply(in: lines)?.text
        }
    }

    @Test(arguments: ["1", "a ", ",", "Sun, ", ":", ": ", "GET ", "@", "?", "/"])
    func http(_ text: String) async throws {
        try await Growth.expectLinear(
            "HTTP of \(text)", input: { String(decoding: Self.repeated(text, $0), as: UTF8.self) }
        ) {
            _ = RetryAfter.duration($0, date: $0, now: 0)
            _ = HTTPDialogue(.path).response("Location: \($0)")
            _ = HTTPDialogue(.path).response($0)
            _ = HTTPDialogue(.path).request($0)
            do throws(TransferError) { _ = try HTTPURL("https://example.com/\($0)") } catch {}
        }
    }
}
