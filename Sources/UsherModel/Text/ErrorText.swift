/// The words of an error, put together.
public enum ErrorText {
    /// `location: problem. next`; the problem may be a sentence that someone else ended with a full stop.
    public static func line(_ location: String, _ problem: String, _ next: String) -> String {
        "\(location): \(sentences(problem, next))"
    }

    /// Two sentences with one full stop between them; the second may be empty.
    public static func sentences(_ first: String, _ second: String) -> String {
        var first = Substring(first)
        while let last = first.last, last == "." || last == " ", !first.hasSuffix("…") { first.removeLast() }
        return second.isEmpty ? String(first) : "\(first). \(second)"
    }
}
