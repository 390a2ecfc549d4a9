internal import CIDN2

/// Internationalized domain names.
enum DomainName {
    /// The name in ASCII, for DNS, SMTP and message headers: each label with other characters becomes an A-label (`xn--…`).
    ///
    /// Sources: RFC 5891 §4 (IDNA2008), by way of Unicode Technical Standard #46, non-transitional.
    ///
    /// - Parameter name: The name in lower case.
    /// - Returns: Nil if no such name can be registered: IDNA does not allow a character, or a label is longer than 63 octets.
    static func ascii(_ name: String) -> String? {
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return name }
        var output: UnsafeMutablePointer<CChar>?
        let flags = CInt(IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
        guard idn2_to_ascii_8z(name, &output, flags) == CInt(IDN2_OK.rawValue), let output else { return nil }
        defer { idn2_free(output) }
        return String(cString: output).lowercased()
    }
}
