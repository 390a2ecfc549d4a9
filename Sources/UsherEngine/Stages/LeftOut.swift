internal import UsherModel

/// The sessions that a source lists and a run does not consider, and the setting that changes it.
enum LeftOut {
    /// One line for each reason.
    ///
    /// - Parameters:
    ///   - sessions: All that the source lists.
    ///   - window: What the job considers.
    ///   - known: Sessions that are considered wherever they are.
    /// - Returns: The lines; none where nothing was left out.
    static func remarks(_ sessions: [Session], _ window: Window, known: (SessionKey) -> Bool) -> [String] {
        var remarks: [String] = []
        let outside = sessions.filter { !window.contains($0) && !known($0.key) }
        let past = outside.filter { $0.end < window.from }
        let later = outside.filter { $0.start >= window.until }.sorted { ($0.start, $0.key) < ($1.start, $1.key) }
        if !past.isEmpty {
            remarks.append("\(counted(past.count)) ended before \(window.from) (window: {past: …} in the job file)")
        }
        if let first = later.first {
            remarks.append(
                "\(counted(later.count)) \(later.count == 1 ? "starts" : "start") after \(window.until) (window: {future: …} in the job file): "
                    + "\"\(first.subject)\" on \(first.start)\(later.count > 1 ? " and \(later.count - 1) more" : "")")
        }
        let drafts = sessions.filter { $0.status == .draft && window.contains($0) && !known($0.key) }
            .sorted { ($0.start, $0.key) < ($1.start, $1.key) }
        if let first = drafts.first {
            remarks.append(
                "\(counted(drafts.count)) \(drafts.count == 1 ? "is a draft" : "are drafts"), which nobody hears of until the source says status: published: "
                    + "\"\(first.subject)\" on \(first.start)\(drafts.count > 1 ? " and \(drafts.count - 1) more" : "")"
            )
        }
        return remarks
    }

    private static func counted(_ number: Int) -> String { "\(number) \(number == 1 ? "session" : "sessions")" }
}
