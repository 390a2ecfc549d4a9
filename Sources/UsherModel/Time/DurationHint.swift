extension DurationText {
    /// What to add to an error about a text that is no duration: what its author may have meant; empty where that is not clear.
    public static func hint(for text: String) -> String {
        if let meant = meant(by: text) { return " (did you mean \(meant)?)" }
        let trimmed = Line(cleaning: text).text
        guard !trimmed.isEmpty, trimmed.utf8.count < 10, trimmed.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return ""
        }
        return " (\(trimmed) has no unit: did you mean \(trimmed)s, \(trimmed)m or \(trimmed)h?)"
    }

    /// The spelling of a duration with words or blanks in it: `15m` for `15 min`; nil where it is not clear.
    public static func meant(by text: String) -> String? {
        var total = 0.0
        var rest = Substring(text.lowercased())
        var count = 0
        while true {
            rest = rest.drop { $0 == " " || $0 == "," && count > 0 }
            guard !rest.isEmpty else { break }
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == ",") }
            rest = rest.dropFirst(digits.count).drop { $0 == " " || $0 == "-" }
            let word = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(word.count).drop { $0 == "." }
            guard let number = Double(digits.replacing(",", with: ".")), let unit = units[String(word)] else {
                return nil
            }
            total += number * unit
            count += 1
        }
        guard count > 0, total > 0, total < 315_576_000, total == total.rounded() else { return nil }
        let seconds = Int64(total)
        return seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : canonical(.seconds(seconds))
    }

    /// The words for units, in seconds.
    private static let units: [String: Double] = {
        let words: [(Double, String)] = [
            (1, "s sec secs second seconds sek sekunde sekunden seconde secondes"),
            (60, "m min mins minute minutes minuten minuto minutos minuti"),
            (3600, "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore"),
            (86_400, "d day days tag tage tagen jour jours día días giorno giorni"),
            (604_800, "w week weeks woche wochen semaine semaines"),
        ]
        return Dictionary(
            uniqueKeysWithValues: words.flatMap { unit, names in names.split(separator: " ").map { (String($0), unit) }
            })
    }()
}

extension When {
    /// What the author of another spelling may have meant: `15m before start` for `15 min before the start`; nil where it is not clear.
    public static func meant(by text: String) -> When? {
        let words = text.lowercased().split { $0 == " " || $0 == "-" && !$0.isNumber }.map(String.init)
        guard let index = words.firstIndex(where: { $0 == "before" || $0 == "after" }) else { return nil }
        let fillers: Set = ["the", "a", "session", "event", "meeting", "its", "of", "it"]
        let anchors = ["start": "start", "starts": "start", "beginning": "start", "end": "end", "ends": "end"]
        let anchor = words.compactMap { anchors[$0] }.first ?? "start"
        let amount = words.enumerated().filter {
            $0.offset != index && !fillers.contains($0.element) && anchors[$0.element] == nil
        }
        .map(\.element).joined(separator: " ")
        let exact = DurationText.parse(amount) == nil ? DurationText.meant(by: amount) : amount
        return exact.flatMap { When("\($0) \(words[index]) \(anchor)") }
    }
}
