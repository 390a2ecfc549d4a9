/// The problems of a reader: strict mode throws the first, lenient mode records them and continues.
struct Problems {
    let mode: Reader.Mode
    private let kept: Int
    private(set) var noted: [ICalendarError] = []
    private(set) var count = 0

    var isStrict: Bool { mode == .strict }

    init(mode: Reader.Mode, kept: Int) {
        self.mode = mode
        self.kept = kept
    }

    /// - Throws: The error itself, in strict mode.
    mutating func report(_ error: ICalendarError) throws(ICalendarError) {
        guard mode == .lenient else { throw error }
        note(error)
    }

    /// Records an error without stopping.
    mutating func note(_ error: ICalendarError) {
        count += 1
        if noted.count < kept { noted.append(error) }
    }
}
