internal import UsherText

/// A text with places for personal values.
struct Pattern: Sendable {
    enum Piece: Sendable {
        case fixed([UInt8])
        case personal(PersonalField, PersonalEscape)
    }

    let pieces: [Piece]

    /// A text without places, even if it contains marks.
    init(fixed text: String) { self.init(fixed: Array(text.utf8)) }

    /// Bytes without places.
    init(fixed bytes: [UInt8]) { pieces = [.fixed(bytes)] }

    /// A rendered text, in which each mark becomes a place.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var (start, position) = (0, 0)
        while let next = bytes[position...].firstIndex(of: 0xEE) {
            guard let mark = PersonalMark.find(in: bytes, at: next) else {
                position = next + 1
                continue
            }
            if next > start { pieces.append(.fixed(Array(bytes[start..<next]))) }
            pieces.append(.personal(mark.field, mark.escape))
            (start, position) = (mark.end, mark.end)
        }
        if start < bytes.count { pieces.append(.fixed(Array(bytes[start...]))) }
        self.pieces = pieces
    }

    /// Whether every place escapes its value as JSON.
    var isJSON: Bool {
        pieces.allSatisfy {
            switch $0 {
            case .fixed: true
            case .personal(_, let escape): escape == .json
            }
        }
    }

    /// The text for one recipient.
    func bytes(_ values: PersonalValues) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in pieces { piece.append(to: &bytes, values) }
        return bytes
    }
}

extension Pattern.Piece {
    func append(to bytes: inout [UInt8], _ values: PersonalValues) {
        switch self {
        case .fixed(let fixed): bytes += fixed
        case .personal(let field, let escape): escape.append(values[field], to: &bytes)
        }
    }
}

/// A text in quoted-printable; lines without personal values are encoded in advance.
struct EncodedPattern: Sendable {
    private enum Run: Sendable {
        case encoded([UInt8])
        case line([Pattern.Piece])
    }

    private let runs: [Run]

    init(_ pattern: Pattern) {
        var runs: [Run] = []
        var encoded: [UInt8] = []
        for line in Self.lines(of: pattern) {
            if case .fixed(let bytes)? = line.first, line.count == 1 {
                QuotedPrintable.appendLine(bytes, to: &encoded)
            } else if line.isEmpty {
                QuotedPrintable.appendLine([], to: &encoded)
            } else {
                if !encoded.isEmpty { runs.append(.encoded(encoded)) }
                encoded = []
                runs.append(.line(line))
            }
        }
        if !encoded.isEmpty { runs.append(.encoded(encoded)) }
        self.runs = runs
    }

    /// Appends the text for one recipient.
    func append(to bytes: inout [UInt8], _ values: PersonalValues) {
        for run in runs {
            switch run {
            case .encoded(let encoded): bytes += encoded
            case .line(let pieces):
                var line: [UInt8] = []
                for piece in pieces { piece.append(to: &line, values) }
                QuotedPrintable.appendLine(line, to: &bytes)
            }
        }
    }

    private static func lines(of pattern: Pattern) -> [[Pattern.Piece]] {
        var lines: [[Pattern.Piece]] = [[]]
        for piece in pattern.pieces {
            guard case .fixed(let bytes) = piece else {
                lines[lines.count - 1].append(piece)
                continue
            }
            for (number, part) in QuotedPrintable.split(bytes).enumerated() {
                if number > 0 { lines.append([]) }
                if !part.isEmpty { lines[lines.count - 1].append(.fixed(Array(part))) }
            }
        }
        return lines
    }
}
