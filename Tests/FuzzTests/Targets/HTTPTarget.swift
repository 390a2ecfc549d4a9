import FoundationEssentials
import UsherText

@testable import UsherChannels
@testable import UsherGraph
@testable import UsherModel
@testable import UsherSources
@testable import UsherTransfer

/// Reads what the header of an HTTP response says, and the body in the charset that it states: `name: value` in each line, then an empty line
/// and the body.
struct HTTPTarget {
    private let check: Check
    /// 2026-12-01T12:00:00Z.
    private static let now: Int64 = 1_796_126_400
    /// 1583-01-01T00:00:00Z.
    private static let gregorian: Int64 = -12_212_553_600

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let response = Self.response(input)
        for field in response.fields { readDate(field.value) }
        let wait = response.retryAfter(now: Self.now)
        check(wait.map { (.zero...RetryAfter.longest).contains($0) } ?? true, "a wait that is negative or too long")
        readBody(response)
        readMeaning(response)
        for name in ["location", "content-location", "link"] { response.value(name).map(readURL) }
    }

    private static func response(_ input: [UInt8]) -> HTTPResponse {
        var rest = input[...]
        var fields: [HeaderField] = []
        var status = 200
        while !rest.isEmpty, fields.count < 50 {
            let line = rest.prefix { $0 != 0x0A }
            rest = rest.dropFirst(line.count + 1)
            let text = String(decoding: line, as: UTF8.self)
            guard let colon = text.firstIndex(of: ":") else {
                if text.trimmingBlanks.isEmpty { break }
                status = Int(text.prefix(3)) ?? status
                continue
            }
            fields.append(
                HeaderField(receivedName: String(text[..<colon]), value: String(text[text.index(after: colon)...])))
        }
        return HTTPResponse(
            status: status, fields: fields, body: Array(rest), remoteAddress: "203.0.113.1", version: .http11)
    }

    /// A date is written in the form that RFC 9110 prefers and read again.
    private func readDate(_ text: String) {
        // Foundation, which writes it, has the Julian calendar before.
        guard let seconds = HTTPDate.seconds(text, now: Self.now), seconds >= Self.gregorian else { return }
        let written = Self.date(seconds)
        check(HTTPDate.seconds(written, now: Self.now) == seconds, "a date differs after writing and reading")
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ seconds: Int64) -> String {
        let utc = FoundationEssentials.Date(timeIntervalSince1970: Double(seconds))
        let style = FoundationEssentials.Date.ISO8601FormatStyle()
        let parts = utc.formatted(style).split { "-T:Z".contains($0) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, let month = Int(parts[1]) else { return "" }
        return "Day, \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }

    private func readBody(_ response: HTTPResponse) {
        let type = response.value("content-type")
        if let charset = type.flatMap({ MediaType($0)["charset"] }) {
            check(Charset.utf8(response.body, charset: charset)?.isUTF8 ?? true, "text of a charset is no UTF-8")
        }
        let text = FeedText(response.body, type: type)
        check(text.bytes.isUTF8, "a calendar that is no UTF-8")
        check(!String(decoding: text.bytes, as: UTF8.self).unicodeScalars.contains("\u{FFFD}"), "a lost character")
    }

    /// What a webhook's endpoint and Graph say with it.
    private func readMeaning(_ response: HTTPResponse) {
        let outcome = WebhookOutcome(
            response, from: "https://hooks.example.com", isIdempotent: true, now: Instant(secondsSince1970: Self.now))
        switch outcome.attempt {
        case .sent: check(response.isSuccess, "a message counts as sent that was refused")
        case .retry, .failed: check(!response.isSuccess, "a message counts as refused that was accepted")
        case .inDoubt: check(false, "a doubt where the receiver knows what it has")
        }
        let tree = JSONValue(response.body) ?? .null
        let refusal = GraphRefusal(
            status: response.status, tree: tree, retryAfter: response.retryAfter(now: Self.now),
            requestID: response.value("request-id"))
        let error = refusal.error(at: "GET https://graph.example.com/v1.0/me")
        check(error.absence == nil || response.status == 404, "absence is proven by something other than 404")
        check(!Line.hasForbidden(error.problem), "an error with control characters")
    }

    private func readURL(_ text: String) {
        _ = NetworkLocation.host(ofURL: text)
        do throws(TransferError) {
            let url = try HTTPURL(text)
            check(url.location.hasPrefix(url.origin), "a location outside of its origin")
            check((0...65_535).contains(url.port), "a port that does not exist")
            check(!url.location.contains("?") && !url.location.contains("#"), "a location with a query")
        } catch {
            check(error.code == .badRequest, "a URL that is refused for another reason than its form")
        }
    }
}
