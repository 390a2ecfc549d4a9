/// Finds content lines in chunks of bytes: line breaks, folds and how long a line may be (RFC 5545 §3.1).
struct LineAssembler {
    /// What came next.
    enum Found {
        /// A line within the buffer.
        case line(Range<Int>)
        /// A line that was folded; ``LineAssembler/takeUnfolded()`` gives it.
        case folded
        /// A line that was longer than it may be; it is gone.
        case tooLong
        /// The bytes so far hold no whole line more.
        case needsMore
        /// All lines were found, and no bytes will come.
        case end
    }

    /// What is wrong with a line, whatever it says.
    struct Faults: OptionSet {
        let rawValue: UInt8
        static let controls = Faults(rawValue: 1)
        static let lineBreak = Faults(rawValue: 2)
        static let noLineBreak = Faults(rawValue: 4)
        /// Not a fault: octets beyond ASCII, which are to be looked at.
        static let beyondASCII = Faults(rawValue: 8)

        static let words: [(Faults, String)] = [
            (.controls, "a control character"), (.lineBreak, "a line break that is not CR LF"),
            (.noLineBreak, "an end without a line break"),
        ]
    }

    let lineBytes: Int
    /// Bytes that were not asked for yet, after some that were.
    private(set) var buffer: [UInt8] = []
    var isFinished = false
    /// The first physical line of the content line found last, from 1.
    private(set) var lineNumber = 0
    /// What is wrong with the line found last.
    private(set) var faults: Faults = []

    private var start = 0
    /// How far after `start` there is no line break.
    private var scanned = 0
    private var physicalLines = 0
    private var foldsOfLine = 0
    private var unfolded: [UInt8] = []
    private var isFolded = false
    private var isTooLong = false
    private var faultsSoFar: Faults = []

    init(lineBytes: Int) {
        self.lineBytes = lineBytes
    }

    mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        // A whole block at once, also where the caller's type is not known to the compiler here.
        if bytes.withContiguousStorageIfAvailable({ buffer.append(contentsOf: $0) }) == nil {
            buffer.append(contentsOf: bytes)
        }
    }

    /// The unfolded line; the caller gives its storage back.
    mutating func takeUnfolded() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &unfolded)
        return taken
    }

    mutating func giveBack(_ storage: consuming [UInt8]) {
        unfolded = storage
        // An image must not stay in memory for ever.
        unfolded.removeAll(keepingCapacity: unfolded.count <= 65_536)
    }

    /// The next content line in the bytes that `buffer` holds.
    mutating func next(in bytes: Span<UInt8>) -> Found {
        while true {
            guard let lineFeed = scan(bytes) else { return unfinished(bytes) }
            guard lineFeed + 1 < bytes.count || isFinished else { return .needsMore }
            var end = lineFeed
            if end > start, bytes[end - 1] == 0x0D { end -= 1 } else { faultsSoFar.insert(.lineBreak) }
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

    /// What is left when there is no line break any more.
    private mutating func unfinished(_ bytes: Span<UInt8>) -> Found {
        // The last one can be the CR of a line break.
        if bytes.count - start > lineBytes + 1 {
            isTooLong = true
            advance(to: bytes.count)
        }
        guard isFinished else { return .needsMore }
        guard start < bytes.count || isFolded || isTooLong else {
            if lineNumber == 0 { lineNumber = 1 }
            return .end
        }
        faultsSoFar.insert(.noLineBreak)
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

    private mutating func advance(to place: Int) {
        start = place
        scanned = 0
    }

    private mutating func finishKeptLine() -> Found {
        defer { (isFolded, isTooLong) = (false, false) }
        finishLine()
        return isTooLong ? .tooLong : .folded
    }

    /// Counts the lines, and hands the faults over.
    private mutating func finishLine() {
        lineNumber = physicalLines + 1 - foldsOfLine
        foldsOfLine = 0
        physicalLines += 1
        (faults, faultsSoFar) = (faultsSoFar, [])
    }

    /// Where the next line feed is; notes what else there is before it.
    private mutating func scan(_ bytes: Span<UInt8>) -> Int? {
        var place = start + scanned
        var seen: UInt8 = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte < 0x20 || byte == 0x7F {
                if byte == 0x0A { break }
                // A CR is fine where the line feed follows.
                let isBreak = byte == 0x0D && (place + 1 == bytes.count || bytes[place + 1] == 0x0A)
                if isBreak, place + 1 == bytes.count, !isFinished { break }
                if byte != 0x09, !isBreak || place + 1 == bytes.count { faultsSoFar.insert(.controls) }
            }
            seen |= byte
            place += 1
        }
        if seen >= 0x80 { faultsSoFar.insert(.beyondASCII) }
        scanned = place - start
        return place < bytes.count && bytes[place] == 0x0A ? place : nil
    }

    /// A lenient reader leaves out what cannot be written either.
    static func withoutControls(_ line: Span<UInt8>) -> [UInt8] {
        var clean: [UInt8] = []
        clean.reserveCapacity(line.count)
        for place in 0..<line.count where line[place] == 0x09 || (line[place] >= 0x20 && line[place] != 0x7F) {
            clean.append(line[place])
        }
        return clean
    }
}
