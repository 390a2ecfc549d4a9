internal import Glibc

/// Text in the charsets of the time before Unicode, by their names on the Internet (RFC 2978).
package enum Charset {
    /// The UTF-8 of a text; nil for a charset that is unknown to this machine, and for octets that it does not have.
    package static func utf8(_ octets: [UInt8], charset: String) -> [UInt8]? {
        switch charset.lowercased() {
        // Whoever says Latin-1 means Windows' superset of it (WHATWG Encoding §4.2).
        case "iso-8859-1", "latin1", "iso_8859-1", "windows-1252", "cp1252": return western(octets)
        case "utf-8", "utf8", "us-ascii", "ascii": return nil
        default: return converted(octets, charset)
        }
    }

    /// The UTF-8 of a text in Windows-1252; the five octets that it lacks are left out.
    package static func western(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + octets.count / 8)
        for octet in octets {
            guard let scalar = Windows1252.scalar(octet), let encoded = UTF8.encode(scalar) else { continue }
            result.append(contentsOf: encoded)
        }
        return result
    }

    /// Converts by iconv(3).
    private static func converted(_ octets: [UInt8], _ charset: String) -> [UInt8]? {
        let isName = charset.utf8.allSatisfy { octet in
            (48...57).contains(octet) || (97...122).contains(octet | 32) || "-_.".utf8.contains(octet)
        }
        guard isName, !charset.isEmpty, charset.utf8.count <= 40, let converter = iconv_open("UTF-8", charset),
            converter != iconv_t(bitPattern: -1)
        else { return nil }
        defer { iconv_close(converter) }
        var input = octets.map { CChar(bitPattern: $0) }
        // Four octets for each: no character of UTF-8 is longer.
        var output = [CChar](repeating: 0, count: octets.count * 4 + 16)
        let count: Int? = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                var (from, left) = (source.baseAddress, source.count)
                var (to, room) = (target.baseAddress, target.count)
                guard iconv(converter, &from, &left, &to, &room) != -1, left == 0 else { return nil }
                return target.count - room
            }
        }
        return count.map { output.prefix($0).map { UInt8(bitPattern: $0) } }
    }
}
