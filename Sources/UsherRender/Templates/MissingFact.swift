/// A value that a template shows and a source may lack: no template is wrong then, and the message waits until the source has it.
enum MissingFact {
    /// Whether a variable without a value is one of the session or the attendee.
    ///
    /// A message without an attendee, such as one to a channel, will never have one: its template is wrong.
    static func isOne(_ path: String, in context: [String: TemplateValue]) -> Bool {
        guard let root = path.split(separator: ".").first, root == "session" || root == "attendee",
            case .object? = context[String(root)]
        else { return false }
        return !ofTheJob.contains(path)
    }

    /// What the job itself adds to an attendee.
    private static let ofTheJob: Set<String> = ["attendee.calendarUrl"]

    static func error(_ path: String, at location: String) -> RenderError {
        if path == "session.joinUrl" {
            return RenderError(
                code: .notInSource, location: location, problem: "the source has no link yet",
                next: "The message waits for it, and every run asks again")
        }
        return RenderError(
            code: .notInSource, location: location, problem: "the source has no value for \"\(path)\" yet",
            next: "The message waits for it, and every run asks again. If it can do without it, put it into a section "
                + "{{#\(path)}}…{{/\(path)}}")
    }
}
