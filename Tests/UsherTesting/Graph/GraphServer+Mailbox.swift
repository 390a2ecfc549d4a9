internal import FlyingFox
internal import Foundation
internal import Synchronization
internal import UsherModel
internal import UsherText

extension GraphServer {
    /// The mails that `sendMail` accepted, as MIME.
    package var mails: [String] { state.withLock { $0.mailbox.mails.map(\.mime) } }

    /// Changes the mailbox.
    package func edit(mailbox change: @Sendable (inout GraphMailbox) -> Void) {
        state.withLock { change(&$0.mailbox) }
    }

    /// Answers `sendMail` with MIME content, and lists of messages.
    func answer(mailbox request: HTTPRequest, _ path: String, _ body: [UInt8]) -> HTTPResponse {
        let fault = state.withLock { state in
            state.asked += 1
            return state.fault(path, state.asked)
        }
        switch fault {
        case .throttle(let seconds):
            return Self.answer(429, Self.error("TooManyRequests", "Slow down."), retryAfter: seconds)
        case .status(let status): return Self.answer(status, Self.error("Refused", "No."))
        case .garbage: return Self.answer(200, "<html>proxy</html>")
        case .cutBody, nil: break
        }
        if request.method == .POST, path.hasSuffix("/sendMail") { return send(request, body) }
        let query = request.query
        guard path.hasSuffix("/messages"), let list = list(query, path) else {
            return Self.answer(404, Self.error("ResourceNotFound", "Not there."))
        }
        var bytes: [UInt8] = []
        list.write(to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        if case .cutBody? = fault { return Self.answer(200, String(text.prefix(text.count / 2))) }
        return Self.answer(200, text)
    }

    private func list(_ query: [HTTPRequest.QueryItem], _ path: String) -> UsherText.JSONValue? {
        func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
        guard let filter = value("$filter") else { return value("$top") == nil ? nil : ["value": []] }
        let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return state.withLock { state in
            state.mailbox.list(filter, skip: value("$skip").flatMap { Int($0) }) {
                "\(url)/v1.0\(path)?$filter=\(encoded)&$skip=\($0)"
            }
        }
    }

    private func send(_ request: HTTPRequest, _ body: [UInt8]) -> HTTPResponse {
        guard request.headers[.contentType] == "text/plain", let mime = Data(base64Encoded: Data(body)) else {
            return Self.answer(400, Self.error("ErrorMimeContentInvalidBase64String", "Not MIME in base64."))
        }
        let status = state.withLock { state in
            state.mailbox.mails.append(
                GraphMailbox.Mail(mime: String(decoding: mime, as: UTF8.self), sentAt: state.mailbox.now))
            return state.mailbox.answer
        }
        return Self.answer(status, "")
    }
}
