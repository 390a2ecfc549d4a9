/// How long a server asks to wait: `Retry-After` (RFC 9110 §10.2.3), as seconds or as a date.
package enum RetryAfter {
    /// The longest wait that is believed; what a server asks beyond it is a mistake, or an insult.
    package static let longest = Duration.seconds(7 * 86_400)

    /// Reads a value of the field.
    ///
    /// - Parameters:
    ///   - value: Seconds, or a date.
    ///   - date: The `Date` of the same answer, by which a date is measured: the server's clock may differ from ours.
    ///   - now: The present in seconds since 1970, by which a date is measured where the answer has no date of its own.
    /// - Returns: From zero to ``longest``; nil where the text is neither a number nor a date.
    package static func duration(_ value: String, date: String?, now: Int64) -> Duration? {
        if let seconds = seconds(value) { return seconds }
        guard let end = HTTPDate.seconds(value, now: now) else { return nil }
        let start = date.flatMap { HTTPDate.seconds($0, now: now) } ?? now
        let (wait, overflow) = end.subtractingReportingOverflow(start)
        guard !overflow else { return end < start ? .zero : longest }
        return max(.zero, min(longest, .seconds(min(wait, longest.components.seconds))))
    }

    /// A number of seconds; a fraction, which the RFC does not allow and some servers send, is rounded up.
    private static func seconds(_ text: String) -> Duration? {
        let isNegative = text.hasPrefix("-")
        let parts = (isNegative ? text.dropFirst() : text[...]).split(
            separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard !parts[0].isEmpty, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        guard !isNegative else { return .zero }
        // More digits than fit into 64 bits are more than the longest wait, too.
        guard let whole = Int64(parts[0]), whole < longest.components.seconds else { return longest }
        let hasFraction = parts.count > 1 && parts[1].utf8.contains { $0 != 48 }
        return .seconds(whole + (hasFraction ? 1 : 0))
    }
}

extension HTTPResponse {
    /// Reads `Retry-After`.
    ///
    /// - Parameter now: The present in seconds since 1970, for a date in an answer that has no `Date`.
    /// - Returns: How long the server asks to wait, at most ``RetryAfter/longest``; nil where it does not say.
    package func retryAfter(now: Int64) -> Duration? {
        value("retry-after").flatMap { RetryAfter.duration($0, date: value("date"), now: now) }
    }

    /// A field that holds a date, in seconds since 1970; nil where it is absent or no date.
    ///
    /// The present, `now`, tells the century of a year of two digits.
    package func seconds(_ name: String, now: Int64) -> Int64? {
        value(name).flatMap { HTTPDate.seconds($0, now: now) }
    }
}
