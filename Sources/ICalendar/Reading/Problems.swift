/// What a reader does about what is wrong: the strict one stops, the lenient one notes it and goes on.
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

    /// - Throws: The error itself where reading is strict.
    mutating func report(_ error: ICalendarError) throws(ICalendarError) {
        guard mode == .lenient else { throw error }
        note(error)
    }

    /// For what is worth a word, but no reason to stop a lenient reader.
    mutating func note(_ error: ICalendarError) {
        count += 1
        if noted.count < kept { noted.append(error) }
    }
}
