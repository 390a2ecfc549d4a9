/// The encoding of an XML document (XML 1.0 §4.3.3, appendix F).
enum XMLEncoding {
    /// The document in UTF-8, without a byte order mark; nil where it is not text, or holds a character that XML does not have.
    static func utf8(_ document: [UInt8]) -> [UInt8]? {
        guard let text = decoded(document), !text.contains(where: isForbidden),
            String(validating: text, as: UTF8.self) != nil
        else { return nil }
        return text
    }

    private static func decoded(_ document: [UInt8]) -> [UInt8]? {
        switch (document.first, document.dropFirst().first) {
        case (0xFE, 0xFF): return transcoded(document.dropFirst(2), .utf16BigEndian)
        case (0xFF, 0xFE): return transcoded(document.dropFirst(2), .utf16LittleEndian)
        default: break
        }
        if document.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(document.dropFirst(3)) }
        guard let stated = statedEncoding(document), !["utf-8", "utf8", "us-ascii"].contains(stated.lowercased()) else {
            return document
        }
        return Charset.utf8(document, charset: stated)
    }

    private static func transcoded(_ octets: ArraySlice<UInt8>, _ encoding: TextEncoding) -> [UInt8] {
        var transcoder = UTF8Transcoder(encoding)
        var text: [UInt8] = []
        for octet in octets { transcoder.read(octet) { text.append($0) } }
        transcoder.finish { text.append($0) }
        return text
    }

    /// `iso-8859-1` of `<?xml version="1.0" encoding="iso-8859-1"?>`.
    private static func statedEncoding(_ document: [UInt8]) -> String? {
        let head = String(decoding: document.prefix(200), as: UTF8.self)
        guard head.hasPrefix("<?xml"), let end = head.firstRange(of: "?>") else { return nil }
        let declaration = head[..<end.lowerBound]
        guard let name = declaration.firstRange(of: "encoding") else { return nil }
        let value = declaration[name.upperBound...].drop { $0 == " " || $0 == "=" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        return String(value.dropFirst().prefix { $0 != quote })
    }

    private static func isForbidden(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D
    }
}
