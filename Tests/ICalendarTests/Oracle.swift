import ICalendar
import Testing

/// A content line according to RFC 5545.
///
/// Independent of the library, to check its output.
struct OracleLine: Hashable {
    var name: String
    /// The parameters, decoded (RFC 6868).
    var parameters: [OracleParameter] = []
    var value: String
}

struct OracleParameter: Hashable {
    var name: String
    var values: [String]
}

/// Unfolds and parses, and records an issue for every violation of the format.
enum Oracle {
    static func lines(_ bytes: [UInt8]) throws -> [OracleLine] {
        try physicalLines(bytes).reduce(into: [[UInt8]]()) { unfolded, line in
            if line.first == 0x20 {
                unfolded[unfolded.count - 1] += line.dropFirst()
            } else {
                unfolded.append(line)
            }
        }.map { try parse(try #require(String(validating: $0, as: UTF8.self))) }
    }

    /// The lines between CRLF; checks their length, and that each is whole UTF-8 without control characters.
    static func physicalLines(_ bytes: [UInt8]) throws -> [[UInt8]] {
        try #require(bytes.suffix(2) == [0x0D, 0x0A])
        var lines: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0D: try #require(bytes[index + 1] == 0x0A)
            case 0x0A:
                try #require(bytes[index - 1] == 0x0D)
                lines.append([])
            default: lines[lines.count - 1].append(byte)
            }
        }
        for line in lines.dropLast() {
            #expect((1...75).contains(line.count))
            #expect(String(validating: line, as: UTF8.self) != nil)
            #expect(!line.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F })
        }
        return lines.dropLast()
    }

    static func parse(_ line: String) throws -> OracleLine {
        var rest = Substring(line)
        let name = take(&rest) { $0 != ":" && $0 != ";" }
        var parameters: [OracleParameter] = []
        while rest.unicodeScalars.first == ";" {
            rest.unicodeScalars.removeFirst()
            let parameter = take(&rest) { $0 != "=" }
            var values: [String] = []
            repeat {
                rest.unicodeScalars.removeFirst()
                values.append(parameterValue(&rest))
            } while rest.unicodeScalars.first == ","
            parameters.append(OracleParameter(name: parameter, values: values))
        }
        try #require(rest.unicodeScalars.first == ":", "no value in \(line)")
        return OracleLine(name: name, parameters: parameters, value: String(rest.unicodeScalars.dropFirst()))
    }

    /// Unescapes texts separated by unescaped commas (RFC 5545 §3.3.11).
    static func texts(_ value: String) -> [String] {
        var texts = [""]
        var isEscaped = false
        for scalar in value.unicodeScalars {
            switch (isEscaped, scalar) {
            case (false, "\\"): isEscaped = true
            case (false, ","): texts.append("")
            case (true, "n"), (true, "N"):
                texts[texts.count - 1] += "\n"
                isEscaped = false
            default:
                texts[texts.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            }
        }
        return texts
    }

    private static func parameterValue(_ rest: inout Substring) -> String {
        guard rest.unicodeScalars.first == "\"" else {
            return uncaret(take(&rest) { !":;,".unicodeScalars.contains($0) })
        }
        rest.unicodeScalars.removeFirst()
        let value = take(&rest) { $0 != "\"" }
        rest.unicodeScalars.removeFirst()
        return uncaret(value)
    }

    private static func uncaret(_ value: String) -> String {
        var decoded = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in value.unicodeScalars {
            guard isEscaped else {
                if scalar == "^" { isEscaped = true } else { decoded.append(scalar) }
                continue
            }
            isEscaped = false
            decoded.append(scalar == "n" ? "\n" : scalar == "'" ? "\"" : scalar)
        }
        return String(decoded)
    }

    private static func take(_ rest: inout Substring, while belongs: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.unicodeScalars.prefix(while: belongs)
        rest.unicodeScalars.removeFirst(taken.count)
        return String(Substring(taken))
    }
}

/// A text as it is after writing and reading: LF as line break, no control characters.
func carried(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var last: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
        if scalar == "\r" || (scalar == "\n" && last != "\r") { result.append("\n") }
        if scalar == "\t" || (scalar.value >= 0x20 && scalar.value != 0x7F) { result.append(scalar) }
        last = scalar
    }
    return String(result)
}
