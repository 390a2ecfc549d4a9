/// Percent-encoding of octets (RFC 3986 §2.1).
package enum PercentEncoding {
    /// The octets that are written as they are.
    ///
    /// Letters and digits always belong to them; all other octets are encoded.
    package struct Characters: Hashable, Sendable {
        fileprivate let others: [UInt8]

        /// Letters, digits and `-._~` (RFC 3986 §2.3): a value in a query, or anything else that must mean nothing in a URL.
        package static let unreserved = Characters(others: Array("-._~".utf8))
        /// The unreserved ones and `/`: a path that keeps its segments, and the canonical URI of AWS Signature Version 4.
        package static let path = Characters(others: Array("-._~/".utf8))
        /// The unreserved ones and `@$'`, which OData needs in paths, keys and queries (OData 4.01 part 2 §2).
        package static let odata = Characters(others: Array("-._~@$'".utf8))
        /// Letters, digits and `-._`: a value in a form (WHATWG URL §5.2, application/x-www-form-urlencoded).
        package static let form = Characters(others: Array("-._".utf8))
        /// Letters, digits and `-_.@`: a part of a file name, which has no use for `~`.
        package static let fileName = Characters(others: Array("-_.@".utf8))

        func contains(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (97...122).contains(byte | 32) || others.contains(byte)
        }
    }

    /// The text whose octets outside a set are percent-encoded, with digits in upper case.
    package static func encode(_ text: String, keeping characters: Characters) -> String {
        encode(Array(text.utf8), keeping: characters)
    }

    /// Octets as text, those outside a set percent-encoded with digits in upper case.
    package static func encode(_ octets: [UInt8], keeping characters: Characters) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + 16)
        for octet in octets {
            if characters.contains(octet) {
                result.append(octet)
            } else {
                result.append(UInt8(ascii: "%"))
                Hex.appendUpperCase(octet, to: &result)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The octets that a text stands for; a `%` without two digits stands for itself.
    package static func octets(_ text: some StringProtocol) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), let octet = Hex.octet(at: index + 1, in: bytes) {
                result.append(octet)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// The text that was encoded; nil if an escape is incomplete or the octets are not UTF-8.
    ///
    /// - Parameters:
    ///   - text: What was encoded.
    ///   - escape: What stands before two digits: `%`, or `+` in the xtext of mail (RFC 3461 §4).
    /// - Returns: The text.
    package static func text(_ text: some StringProtocol, escape: Unicode.Scalar = "%") -> String? {
        let bytes = Array(text.utf8)
        let mark = UInt8(ascii: escape)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == mark {
                guard let octet = Hex.octet(at: index + 1, in: bytes) else { return nil }
                result.append(octet)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(validating: result, as: UTF8.self)
    }
}
