internal import UsherModel
internal import UsherTransfer

extension WebServer {
    /// Asks for a resource by HEAD, or for a folder by OPTIONS: both change nothing (RFC 9110 §9.2.1).
    ///
    /// Of a publication with placeholders, it is the folder that all its files have in common.
    func examine(_ pattern: String, isCollection: Bool) async -> Examination {
        let common = pattern.prefix { $0 != "{" }
        let isFolder = isCollection || common.count < pattern.count
        let location = isFolder && !isCollection ? folder(of: common) : String(common)
        let method = isFolder ? HTTPRequest.Method.options : .head
        let step = "\(method.rawValue) \(WebOptions.label(of: location))"
        do throws(PublishError) {
            let answer = try await send(method, try url(location))
            switch answer.status {
            case 200...299: return Examination(step, result: "answers \(answer.status); nothing was written")
            case 404, 410: return Examination(step, result: "answers \(answer.status): nothing is there yet")
            // Not every server knows both methods: it is there, and what it says of PUT shows only when publishing.
            case 405, 501: return Examination(step, result: "answers \(answer.status); nothing was written")
            case 300...399:
                return Examination(step, malformed(location, "a redirect", "Use the address it leads to"))
            default:
                return Examination(
                    step, malformed(location, "status \(answer.status)", "Check the address and the server's log"))
            }
        } catch {
            let code: ExaminationError.Code =
                switch error.code {
                case .cannotWrite, .lostRace, .notOurs: .unreachable
                case .refusedCredentials: .refusedCredentials
                case .canceled: .canceled
                }
            return Examination(
                step, ExaminationError(code, location: error.location, problem: error.problem, next: error.next))
        }
    }

    private func folder(of location: Substring) -> String {
        location.lastIndex(of: "/").map { String(location[...$0]) } ?? String(location)
    }

    private func malformed(_ location: String, _ problem: String, _ next: String) -> ExaminationError {
        ExaminationError(.unreachable, location: WebOptions.label(of: location), problem: problem, next: next)
    }
}

extension Examination {
    fileprivate init(_ step: String, _ error: ExaminationError) { self.init(step, result: "", error: error) }
}
