/// Spellings of a duration in job files: `90s`, `15m`, `24h`, `2d`, `1h30m`, ISO 8601 `PT24H`.
public enum DurationText {
    /// Reads a duration of whole seconds, zero or longer.
    ///
    /// Days have 24 hours. ISO 8601 allows weeks, days, hours, minutes and seconds (`P1W`, `P1DT2H`); months and years have no
    /// fixed length and are refused.
    ///
    /// - Returns: nil if the text is not a duration, is negative, or is longer than ten years.
    public static func parse(_ text: String) -> Duration? {
        let lowered = text.lowercased()
        var rest = Substring(lowered)
        let isISO = rest.first == "p"
        if isISO { rest.removeFirst() }
        var inTime = !isISO
        var total: Int64 = 0
        var lastUnit = Int64.max
        var count = 0
        while let first = rest.first {
            if isISO, first == "t", !inTime {
                inTime = true
                rest.removeFirst()
                guard !rest.isEmpty else { return nil }
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, digits.count <= 9, let number = Int64(digits) else { return nil }
            rest.removeFirst(digits.count)
            guard let letter = rest.popFirst(), let unit = seconds(of: letter, inTime: inTime, isISO: isISO) else {
                return nil
            }
            guard unit < lastUnit else { return nil }
            (lastUnit, total, count) = (unit, total + number * unit, count + 1)
        }
        guard count > 0, total <= 315_576_000 else { return nil }
        return .seconds(total)
    }

    private static func seconds(of unit: Character, inTime: Bool, isISO: Bool) -> Int64? {
        switch unit {
        case "w" where !isISO || !inTime: 604_800
        case "d" where !isISO || !inTime: 86_400
        case "h" where inTime: 3600
        case "m" where inTime: 60
        case "s" where inTime: 1
        default: nil
        }
    }

    /// The canonical spelling, used in rule ids and plans: whole hours (`48h`), otherwise hours, minutes and seconds (`1h30m`).
    public static func canonical(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if seconds % 3600 == 0, seconds > 0 { return "\(seconds / 3600)h" }
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        let text = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
        return text.isEmpty ? "0s" : text
    }
}
