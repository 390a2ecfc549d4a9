import Testing

@testable import UsherTransfer

@Suite("Retry-After")
struct RetryAfterTests {
    /// 2026-11-26 12:00:00 UTC.
    private static let now: Int64 = 1_795_694_400
    private static let week = Duration.seconds(7 * 86_400)

    @Test(
        arguments: [
            ("0", .zero), ("1", .seconds(1)), ("120", .seconds(120)), ("007", .seconds(7)), ("604800", week),
            ("604801", week), ("99999999", week), ("9223372036854775807", week), ("99999999999999999999999999", week),
            ("-1", .zero), ("-99999999999999999999999999", .zero), ("1.5", .seconds(2)), ("0.0", .zero),
            ("604799.9", week),
            ("3.", .seconds(3)), ("", nil), ("soon", nil), ("1h", nil), ("+5", nil), (".5", nil), ("1e9", nil),
        ] as [(String, Duration?)])
    func secondsAreTakenWithinAWeek(_ value: String, _ wait: Duration?) {
        #expect(RetryAfter.duration(value, date: nil, now: Self.now) == wait)
    }

    @Test(
        arguments: [
            ("Thu, 26 Nov 2026 12:01:00 GMT", .seconds(60)), ("thu, 26 nov 2026 12:01:00 gmt", .seconds(60)),
            ("Thursday, 26-Nov-26 12:01:00 GMT", .seconds(60)), ("Thu Nov 26 12:01:00 2026", .seconds(60)),
            ("Sun Nov  1 12:01:00 2026", .zero), ("Sun, 06 Nov 1994 08:49:37 GMT", .zero),
            ("Sunday, 06-Nov-94 08:49:37 GMT", .zero), ("Fri, 31 Dec 9999 23:59:59 GMT", week),
            ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", week), ("Sat, 01 Jan 0000 00:00:00 GMT", .zero),
            ("Thu, 26 Nov 2026 12:01:00", .seconds(60)), ("Thu, 26 Nov 2026 25:01:00 GMT", nil),
            ("Thu, 26 Foo 2026 12:01:00 GMT", nil), ("Thu, 32 Nov 2026 12:01:00 GMT", nil),
            ("2026-11-26T12:01:00Z", nil), (",,,,,", nil),
        ] as [(String, Duration?)])
    func aDateIsMeasuredAgainstTheClockWhereTheAnswerHasNone(_ value: String, _ wait: Duration?) {
        #expect(RetryAfter.duration(value, date: nil, now: Self.now) == wait)
    }

    /// The server's clock is an hour ahead: by ours the wait would be an hour and ten seconds.
    @Test func aDateIsMeasuredAgainstTheDateOfTheSameAnswer() {
        let wait = RetryAfter.duration(
            "Thu, 26 Nov 2026 13:00:10 GMT", date: "Thu, 26 Nov 2026 13:00:00 GMT", now: Self.now)
        #expect(wait == .seconds(10))
        let broken = RetryAfter.duration("Thu, 26 Nov 2026 12:00:10 GMT", date: "yesterday", now: Self.now)
        #expect(broken == .seconds(10))
    }

    @Test func aClockAtTheEndsOfTimeOverflowsNothing() {
        for now in [Int64.min, .max, 0] {
            _ = RetryAfter.duration("Fri, 31 Dec 9999 23:59:59 GMT", date: nil, now: now)
            _ = RetryAfter.duration("Sunday, 06-Nov-94 08:49:37 GMT", date: nil, now: now)
        }
    }

    @Test(arguments: [0, 951_782_400, 1_709_164_800, 4_107_542_400, 253_402_300_799] as [Int64])
    func datesAreCountedByTheCalendar(_ seconds: Int64) {
        let texts: [Int64: String] = [
            0: "Thu, 01 Jan 1970 00:00:00 GMT", 951_782_400: "Tue, 29 Feb 2000 00:00:00 GMT",
            1_709_164_800: "Thu, 29 Feb 2024 00:00:00 GMT", 4_107_542_400: "Mon, 01 Mar 2100 00:00:00 GMT",
            253_402_300_799: "Fri, 31 Dec 9999 23:59:59 GMT",
        ]
        #expect(texts[seconds].flatMap { HTTPDate.seconds($0, now: Self.now) } == seconds)
    }
}
