internal import FlyingFox
internal import Foundation
internal import Synchronization

extension GraphServer {
    /// The mails that `sendMail` accepted, as MIME.
    package var mails: [String] { state.withLock { $0.mails } }

    /// Answers `sendMail` with MIME content, and searches for a message by its Message-ID.
    func mailbox(_ request: HTTPRequest, _ path: String, _ body: [UInt8]) -> HTTPResponse {
        let fault = state.withLock { state in
            state.asked += 1
            return state.fault(path, state.asked)
        }
        switch fault {
        case .throttle(let seconds):
            return Self.answer(429, Self.error("TooManyRequests", "Slow down."), retryAfter: seconds)
        case .status(let status): return Self.answer(status, Self.error("Refused", "No."))
        case .cutBody, .garbage, nil: break
        }
        if request.method == .POST, path.hasSuffix("/sendMail") {
            guard request.headers[.contentType] == "text/plain", let mime = Data(base64Encoded: Data(body)) else {
                return Self.answer(400, Self.error("ErrorMimeContentInvalidBase64String", "Not MIME in base64."))
            }
            state.withLock { $0.mails.append(String(decoding: mime, as: UTF8.self)) }
            return Self.answer(202, "")
        }
        let filter = request.query.first { $0.name == "$filter" }?.value ?? ""
        if path.hasSuffix("/messages"), filter.isEmpty { return Self.answer(200, #"{"value": []}"#) }
        guard path.hasSuffix("/messages"), filter.hasPrefix("internetMessageId eq '") else {
            return Self.answer(404, Self.error("ResourceNotFound", "Not there."))
        }
        let id = filter.dropFirst("internetMessageId eq '".count).dropLast().replacing("''", with: "'")
        let found = mails.filter { $0.contains("Message-ID: \(id)\r\n") }.map { _ in
            #"{"id": "m", "internetMessageId": "\#(id)", "sentDateTime": "2026-12-01T09:00:00Z"}"#
        }
        return Self.answer(200, #"{"value": [\#(found.joined(separator: ","))]}"#)
    }
}
