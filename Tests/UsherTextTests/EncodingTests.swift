import Testing
import UsherText

@Suite("the encoding of a text is found, or it is unclear")
struct EncodingTests {
    private func finding(_ octets: [UInt8]) -> EncodingDetector.Finding {
        var detector = EncodingDetector()
        for octet in octets { detector.read(octet) }
        return detector.finding()
    }

    private func text(_ octets: [UInt8], _ encoding: TextEncoding) -> [UInt8] {
        var transcoder = UTF8Transcoder(encoding)
        var result: [UInt8] = []
        for octet in octets { transcoder.read(octet) { result.append($0) } }
        transcoder.finish { result.append($0) }
        return result
    }

    private static func units(_ text: String, isLittle: Bool) -> [UInt8] {
        text.utf16.flatMap { isLittle ? [UInt8($0 & 0xFF), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    /// Octets of a text in Windows-1252, for characters of ISO 8859-1.
    private static func western(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

    @Test(arguments: ["", "a", "email;Vorname\r\n", "Łukasz, Zoë, 田中", "p\u{1F600}"])
    func utf8IsCertain(_ text: String) {
        #expect(finding(Array(text.utf8)) == .encoding(.utf8, mark: 0))
        #expect(finding([0xEF, 0xBB, 0xBF] + Array(text.utf8)) == .encoding(.utf8, mark: 3))
    }

    @Test(arguments: ["email;Vorname\r\nzoe@example.com;Zoë\r\n", "e,f"])
    func utf16IsCertainWithAMarkAndWhereMostIsASCII(_ text: String) {
        for (isLittle, encoding) in [(true, TextEncoding.utf16LittleEndian), (false, .utf16BigEndian)] {
            let units = Self.units(text, isLittle: isLittle)
            #expect(finding(units) == .encoding(encoding, mark: 0))
            #expect(finding(Self.units("\u{FEFF}", isLittle: isLittle) + units) == .encoding(encoding, mark: 2))
            #expect(self.text(units, encoding) == Array(text.utf8))
        }
    }

    @Test(arguments: [
        "email;Vorname\nj@example.com;Jürgen\n", "ANDRÉ MÜLLER, Åse Ødegård, Dvořák".replacing("ř", with: "r"),
        "Señor Ñandú",
        "L\u{B7}Hospitalet, 1\u{BA} piso, caf\u{E9} 20 \u{B0}C", "Éric Ève Œuvre".replacing("Œ", with: "O"),
    ])
    func westernTextIsWindows1252(_ text: String) {
        let octets = Self.western(text)
        #expect(finding(octets) == .encoding(.windows1252, mark: 0))
        #expect(self.text(octets, .windows1252) == Array(text.utf8))
    }

    @Test func theSignsOfWindows1252AreReadAsItDefinesThem() {
        #expect(text([0x80, 0x91, 0x92, 0x96, 0x9F, 0x8A], .windows1252) == Array("€‘’–ŸŠ".utf8))
        #expect(
            finding(Array("O".utf8) + [0x92] + Array("Neil, Jos".utf8) + [0xE9]) == .encoding(.windows1252, mark: 0))
    }

    @Test(
        arguments: [
            // Paweł in Windows-1250, Müller and Krämer from an old Mac, Иван in Windows-1251, Müller in code page 850.
            [0x50, 0x61, 0x77, 0x65, 0xB3, 0x0A], [0x4D, 0x9F, 0x6C, 0x6C, 0x65, 0x72],
            [0x4B, 0x72, 0x8A, 0x6D, 0x65, 0x72],
            [0xC8, 0xE2, 0xE0, 0xED], [0x4D, 0x81, 0x6C, 0x6C, 0x65, 0x72],
            // UTF-32, and zeros that are in both halves.
            [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], [0x61, 0, 0, 0x61, 0x62, 0x63],
        ] as [[UInt8]])
    func whatLooksLikeAnotherCodePageIsUnclear(_ octets: [UInt8]) {
        #expect(finding(octets) == .unclear(line: 1))
    }

    @Test func theLineOfAnUnclearCharacterIsNamed() {
        #expect(finding(Array("email\na@example.com\nPawe".utf8) + [0xB3, 0x0A]) == .unclear(line: 3))
    }

    @Test func utf8WithDamagedRowsStaysUTF8() {
        #expect(finding(Array("Zoë\nJ".utf8) + [0xFC] + Array("rgen\n".utf8)) == .encoding(.utf8, mark: 0))
        #expect(finding(Array("Zo".utf8) + [0xC3]) == .encoding(.utf8, mark: 0), "cut within a character")
    }

    @Test(
        arguments: [
            ([0x3D, 0xD8, 0x00, 0xDE], Array("\u{1F600}".utf8)), ([0x00, 0xDE, 0x61, 0x00], [0xFF, 0x61]),
            ([0x3D, 0xD8, 0x61, 0x00], [0xFF, 0x61]), ([0x3D, 0xD8], [0xFF]), ([0x61], [0xFF]), ([], []),
        ] as [([UInt8], [UInt8])])
    func halfACharacterIsNoCharacter(_ octets: [UInt8], _ expected: [UInt8]) {
        #expect(text(octets, .utf16LittleEndian) == expected)
    }

    @Test(arguments: TextEncoding.allCases)
    func anyOctetsAreRead(_ encoding: TextEncoding) {
        var seed: UInt64 = 11
        for _ in 0..<200 {
            let octets = (0..<40).map { _ in
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: seed >> 40)
            }
            _ = finding(octets)
            #expect(text(octets, encoding).count <= octets.count * 3)
        }
    }
}
