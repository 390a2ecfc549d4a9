import ICalendar

/// Reads calendars, jCal and TZif; what was read is written and read again, in both formats, and must be the same.
struct CalendarTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ bytes: [UInt8]) {
        readStrictly(bytes)
        readLeniently(bytes)
        readJSON(bytes)
        readZones(bytes)
    }

    private func readStrictly(_ bytes: [UInt8]) {
        do throws(ICalendarError) {
            let calendar = try Calendar(strict: bytes)
            let written = calendar.encoded()
            let again = try Calendar(strict: written)
            check(again.encoded() == written, "a strictly read calendar differs after writing and reading")
        } catch {
            check(!error.description.isEmpty, "an error without a description")
        }
    }

    private func readLeniently(_ bytes: [UInt8]) {
        do throws(ICalendarError) {
            let calendar = try Calendar.lenient(bytes).calendar
            let written = calendar.encoded()
            let again = try Calendar.lenient(written).calendar
            check(again.encoded() == written, "a leniently read calendar differs after writing and reading")
            check(chunked(bytes) == calendar.components, "the result depends on the chunks")
            _ = try Calendar(jCal: again.jCal())
            findOccurrences(calendar)
        } catch {
            check(false, "the lenient reader, or the jCal reader on written jCal, threw")
        }
    }

    /// The components when the input arrives seven bytes at a time.
    private func chunked(_ bytes: [UInt8]) -> [Component] {
        var reader = Reader(.lenient)
        var components: [Component] = []
        do throws(ICalendarError) {
            for start in stride(from: 0, to: bytes.count, by: 7) {
                reader.append(bytes[start..<min(start + 7, bytes.count)])
                while let component = try reader.next() { components.append(component) }
            }
            reader.finish()
            while let component = try reader.next() { components.append(component) }
        } catch {
            check(false, "the lenient reader threw")
        }
        return components
    }

    private func findOccurrences(_ calendar: Calendar) {
        var limits = OccurrenceLimits()
        (limits.occurrences, limits.work) = (50, 2000)
        let windows = [
            UTCDateTime.earliest..<UTCDateTime.latest, UTCDateTime(clamping: 0)..<UTCDateTime(clamping: 4_000_000_000),
        ]
        for window in windows {
            let occurrences = calendar.occurrences(in: window, floating: .utc, limits: limits) { _ in nil }.elements
            check(occurrences.count <= 50 && occurrences.allSatisfy { $0.start <= $0.end }, "invalid occurrences")
        }
        var described = calendar
        described.embedTimeZones(through: .latest) { _ in .utc }
        check(described.timeZones.count <= described.encoded().count, "more zones than bytes")
    }

    private func readJSON(_ bytes: [UInt8]) {
        do throws(ICalendarError) {
            let calendar = try Calendar(jCal: bytes)
            let written = calendar.jCal()
            check(try Calendar(jCal: written).jCal() == written, "jCal differs after writing and reading")
        } catch {
            check(!error.description.isEmpty, "an error without a description")
        }
    }

    private func readZones(_ bytes: [UInt8]) {
        do throws(TimeZoneError) {
            let rules = try TimeZoneRules(tzif: bytes)
            let span = UTCDateTime(clamping: 1_700_000_000)...UTCDateTime(clamping: 1_800_000_000)
            let again = try? TimeZoneRules(rules.component(id: "x", covering: span))
            for instant in stride(from: Int64(1_700_000_000), through: 1_800_000_000, by: 5_000_000) {
                let (one, other) = (rules.offset(at: instant), again?.offset(at: instant))
                check(
                    abs(one.secondsEastOfUTC) >= 86_400 || one.secondsEastOfUTC == other?.secondsEastOfUTC,
                    "a zone differs"
                )
            }
        } catch {
            check(!error.description.isEmpty, "an error without a description")
        }
    }
}
