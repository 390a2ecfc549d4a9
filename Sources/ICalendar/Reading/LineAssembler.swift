/// Splits chunks of bytes into content lines: line breaks, folds and the maximum length (RFC 5545 §3.1).
struct LineAssembler {
    /// The result of looking for the next line.
    enum Step {
        /// A line within the buffer.
        case line(Range<Int>)
        /// A folded line, available from ``LineAssembler/popUnfolded()``.
        case folded
        /// A line that exceeded the maximum length and was discarded.
        case tooLong
        /// The bytes received so far contain no further complete line.
        case needsMore
        /// The end of the input.
        case end
    }

    /// Properties of the bytes of a line, most of them errors.
    struct Defects: OptionSet {
        let rawValue: UInt8
        static let controls = Defects(rawValue: 1)
        static let lineBreak = Defects(rawValue: 2)
        static let noLineBreak = Defects(rawValue: 4)
        /// Not an error: the line has non-ASCII bytes, which must be checked.
        static let beyondASCII = Defects(rawValue: 8)

        static let descriptions: [(Defects, String)] = [
            (.controls, "a control character"), (.lineBreak, "a line break that is not CR LF"),
            (.noLineBreak, "an end without a line break"),
        ]
    }

    let lineBytes: Int
    /// The bytes not consumed yet, preceded by some that were.
    private(set) var buffer: [UInt8] = []
    var isFinished = false
    /// The number of the first physical line of the last content line, from 1.
    private(set) var lineNumber = 0
    /// The defects of the last line.
    private(set) var defects: Defects = []

    private var start = 0
    /// The number of bytes after `start` known to contain no line break.
    private var scanned = 0
    private var physicalLines = 0
    private var foldsOfLine = 0
    private var unfolded: [UInt8] = []
    private var isFolded = false
    private var isTooLong = false
    private var pendingDefects: Defects = []

    init(lineBytes: Int) {
        self.lineBytes = lineBytes
    }

    mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        // Appends contiguous storage in one block, even where this function is not specialized for the collection's
        // type.
        if bytes.withContiguousStorageIfAvailable({ buffer.append(contentsOf: $0) }) == nil {
            buffer.append(contentsOf: bytes)
        }
    }

    /// Removes and returns the unfolded line.
    ///
    /// The caller returns its storage with `recycle`.
    mutating func popUnfolded() -> [UInt8] {
        var line: [UInt8] = []
        swap(&line, &unfolded)
        return line
    }

    mutating func recycle(_ storage: consuming [UInt8]) {
        unfolded = storage
        // Do not keep the memory of one large line, such as an inline image.
        unfolded.removeAll(keepingCapacity: unfolded.count <= 65_536)
    }

    /// Finds the next content line; `bytes` is the content of `buffer`.
    mutating func next(in bytes: Span<UInt8>) -> Step {
        while true {
            guard let lineFeed = scan(bytes) else { return unfinished(bytes) }
            guard lineFeed + 1 < bytes.count || isFinished else { return .needsMore }
            var end = lineFeed
            if end > start, bytes[end - 1] == 0x0D { end -= 1 } else { pendingDefects.insert(.lineBreak) }
            let isContinued =
                lineFeed + 1 < bytes.count && (bytes[lineFeed + 1] == 0x20 || bytes[lineFeed + 1] == 0x09)
            if !isContinued, !isFolded, !isTooLong, end - start <= lineBytes {
                defer { advance(to: lineFeed + 1) }
                finishLine()
                return .line(start..<end)
            }
            keep(bytes, start..<end)
            if isContinued {
                isFolded = true
                physicalLines += 1
                foldsOfLine += 1
                advance(to: lineFeed + 2)
                continue
            }
            advance(to: lineFeed + 1)
            return finishKeptLine()
        }
    }

    /// Called when the buffer contains no further line break.
    private mutating func unfinished(_ bytes: Span<UInt8>) -> Step {
        // The last byte may be the CR of a line break.
        if bytes.count - start > lineBytes + 1 {
            isTooLong = true
            advance(to: bytes.count)
        }
        guard isFinished else { return .needsMore }
        guard start < bytes.count || isFolded || isTooLong else {
            if lineNumber == 0 { lineNumber = 1 }
            return .end
        }
        pendingDefects.insert(.noLineBreak)
        keep(bytes, start..<bytes.count)
        advance(to: bytes.count)
        return finishKeptLine()
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !isTooLong else { return }
        isTooLong = unfolded.count + range.count > lineBytes
        if isTooLong {
            unfolded = []
        } else {
            bytes.extracting(range).withUnsafeBufferPointer { unfolded.append(contentsOf: $0) }
        }
    }

    private mutating func advance(to position: Int) {
        start = position
        scanned = 0
    }

    private mutating func finishKeptLine() -> Step {
        defer { (isFolded, isTooLong) = (false, false) }
        finishLine()
        return isTooLong ? .tooLong : .folded
    }

    /// Counts the lines, and publishes the defects.
    private mutating func finishLine() {
        lineNumber = physicalLines + 1 - foldsOfLine
        foldsOfLine = 0
        physicalLines += 1
        (defects, pendingDefects) = (pendingDefects, [])
    }

    /// The position of the next line feed.
    ///
    /// Records defects of the bytes before it.
    private mutating func scan(_ bytes: Span<UInt8>) -> Int? {
        var position = start + scanned
        var seen: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte == 0x7F {
                if byte == 0x0A { break }
                // A CR is valid if a line feed follows.
                let isBreak = byte == 0x0D && (position + 1 == bytes.count || bytes[position + 1] == 0x0A)
                if isBreak, position + 1 == bytes.count, !isFinished { break }
                if byte != 0x09, !isBreak || position + 1 == bytes.count { pendingDefects.insert(.controls) }
            }
            seen |= byte
            position += 1
        }
        if seen >= 0x80 { pendingDefects.insert(.beyondASCII) }
        scanned = position - start
        return position < bytes.count && bytes[position] == 0x0A ? position : nil
    }

    /// The line without control characters, for the lenient reader; the writer drops the same ones.
    static func withoutControls(_ line: Span<UInt8>) -> [UInt8] {
        var clean: [UInt8] = []
        clean.reserveCapacity(line.count)
        for position in 0..<line.count
        where line[position] == 0x09 || (line[position] >= 0x20 && line[position] != 0x7F) {
            clean.append(line[position])
        }
        return clean
    }
}
