/// A date of HTTP in any of its three forms (RFC 9110 §5.6.7).
enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Reads a date.
    ///
    /// - Parameters:
    ///   - text: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    ///   - now: The present, in seconds since 1970: it tells the century of a year of two digits.
    /// - Returns: Its seconds since 1970; nil for any other text.
    static func seconds(_ text: String, now: Int64) -> Int64? {
        var words = text.lowercased().split { " ,-".contains($0) }
        if words.last == "gmt" || words.last == "utc" { words.removeLast() }
        // The name of the day says nothing that the date does not.
        guard words.count == 5 else { return nil }
        words.removeFirst()
        // asctime() writes the month first and the year last.
        let parts = months.contains(String(words[0])) ? [words[1], words[0], words[3], words[2]] : words
        guard let day = number(parts[0], 1...31), let month = months.firstIndex(of: String(parts[1])),
            let stated = number(parts[2], 0...Int64.max), let time = clock(parts[3])
        else { return nil }
        let year = parts[2].utf8.count == 2 ? century(of: stated, now) + stated : min(stated, 9999)
        return days(year, Int64(month) + 1, day) * 86_400 + time
    }

    /// A year of two digits that seems more than 50 years ahead is the latest past one that ends so.
    private static func century(of year: Int64, _ now: Int64) -> Int64 {
        let present = 1970 + now / 31_556_952
        let same = present - present % 100
        return same + year > present + 50 ? same - 100 : same
    }

    private static func clock(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = number(parts[0], 0...23), let minute = number(parts[1], 0...59),
            let second = number(parts[2], 0...60)
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int64>) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let value = Int64(text) ?? .max
        return range.contains(value) ? value : nil
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar; the year begins in March, so that the leap day is its last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let monthOfYear = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + (monthOfYear * 153 + 2) / 5 + day - 1 - 719_468
    }
}
