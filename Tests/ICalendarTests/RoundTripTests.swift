import ICalendar
import Testing

/// Generated calendars are read back unchanged, in both formats.
struct RoundTripTests {
    @Test(arguments: 0..<300)
    func nothingChangesOnTheWay(seed: Int) throws {
        var generator = CalendarGenerator(seed: seed)
        let calendar = try generator.calendar()
        let bytes = calendar.encoded()
        _ = try Oracle.physicalLines(bytes)
        #expect(try Calendar(strict: bytes) == calendar)
        let lenient = try Calendar.lenient(bytes)
        #expect(lenient.calendar == calendar)
        #expect(lenient.problems.isEmpty)
        #expect(try Calendar(jCal: calendar.jCal()) == calendar)
    }
}
