import ICalendar
import Testing

struct CivilTimeTests {
    @Test(arguments: [
        (1970, 1, 1, 0, 4), (2000, 2, 29, 11_016, 2), (2026, 11, 23, 20_780, 1), (1, 1, 1, -719_162, 1),
        (9999, 12, 31, 2_932_896, 5), (1900, 3, 1, -25_508, 4), (1600, 2, 29, -135_081, 2),
    ])
    func aDayHasItsNumberAndWeekday(year: Int, month: Int, day: Int, days: Int64, weekday: Int) throws {
        let date = try CivilDate(year: year, month: month, day: day)
        #expect(date.daysSince1970 == days)
        #expect(date.weekday == weekday)
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() throws {
        var expected = (year: 1899, month: 12, day: 31)
        for days in Int64(-25_568)..<Int64(-25_568 + 146_097) {
            let date = CivilDate(clampingDays: days)
            let again = try CivilDate(year: date.year, month: date.month, day: date.day)
            guard (date.year, date.month, date.day) == expected, again == date else {
                Issue.record("day \(days) is \(date.year)-\(date.month)-\(date.day), not \(expected)")
                return
            }
            expected.day += 1
            if !exists(expected) { expected = (expected.year, expected.month + 1, 1) }
            if !exists(expected) { expected = (expected.year + 1, 1, 1) }
        }
    }

    private func exists(_ date: (year: Int, month: Int, day: Int)) -> Bool {
        do {
            _ = try CivilDate(year: date.year, month: date.month, day: date.day)
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [
        (2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (0, 1, 1),
        (10_000, 1, 1),
        (.max, .max, .max), (.min, .min, .min),
    ])
    func aDayThatDoesNotExistIsRefused(year: Int, month: Int, day: Int) {
        let error = #expect(throws: ICalendarError.self) { try CivilDate(year: year, month: month, day: day) }
        #expect(error?.code == .outOfRange)
    }

    @Test(arguments: [(24, 0, 0), (0, 60, 0), (0, 0, 60), (-1, 0, 0)])
    func aTimeThatDoesNotExistIsRefused(hour: Int, minute: Int, second: Int) throws {
        let date = CivilDate(clampingDays: 0)
        #expect(throws: ICalendarError.self) { try LocalDateTime(date, hour: hour, minute: minute, second: second) }
    }

    @Test func aTimeBefore1970IsSplitIntoFields() throws {
        let time = LocalDateTime(clampingWallSeconds: -1)
        #expect((time.hour, time.minute, time.second) == (23, 59, 59))
        #expect(time.date == (try CivilDate(year: 1969, month: 12, day: 31)))
        #expect(try LocalDateTime(time.date, hour: 23, minute: 59, second: 59) == time)
    }

    @Test func anInstantOutsideTheRangeIsRejectedOrClamped() throws {
        let latest = UTCDateTime.latest.secondsSince1970
        #expect(try UTCDateTime(secondsSince1970: latest) == .latest)
        #expect(throws: ICalendarError.self) { try UTCDateTime(secondsSince1970: latest + 1) }
        #expect(throws: ICalendarError.self) { try UTCDateTime(secondsSince1970: .min) }
        #expect(UTCDateTime(clamping: .max) == .latest)
        #expect(LocalDateTime(clampingWallSeconds: .max).date.year == 9999)
        #expect(LocalDateTime(clampingWallSeconds: .min).date.year == 1)
        #expect(CivilDate(clampingDays: .max).year == 9999)
        #expect(CivilDate(clampingDays: .min).year == 1)
    }
}
