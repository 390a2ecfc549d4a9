/// Writes comma-separated values (RFC 4180).
package enum CSVWriter {
    /// A row without its line end; a field is quoted if it holds a quote, a comma or a line break.
    package static func row(_ fields: [String]) -> String {
        fields.map { needsQuotes($0) ? "\"\($0.replacingOctets(of: "\"", with: "\"\""))\"" : $0 }.joined(separator: ",")
    }

    private static func needsQuotes(_ field: String) -> Bool {
        field.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") || $0 == 0x0A || $0 == 0x0D }
    }
}
