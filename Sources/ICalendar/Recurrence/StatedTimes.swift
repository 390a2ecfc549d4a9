/// Times of an event as people write them.
extension EventTime {
    /// A time without a zone on the clock of another time of the same event; any other time as it is.
    ///
    /// RFC 5545 §3.8.5.1 and §3.8.4.4 ask for the form of DTSTART; many programs leave the zone out.
    func onClock(of other: EventTime) -> EventTime {
        guard case .floating(let time) = self else { return self }
        switch other {
        case .zoned(_, let zone): return .zoned(time, zone: zone)
        case .utc: return .utc(UTCDateTime(clamping: time.wallSeconds))
        case .floating, .date: return self
        }
    }
}

extension Property {
    /// The values of a list; of one that could not be parsed as a whole, those that can be, and the others as they are.
    var readValues: [Value] {
        guard case .raw(let text, let type) = value, !isUnreadable else { return value.each }
        let reader = ValueReader(name: name, isStrict: false)
        return text.split(separator: ",").filter { !$0.allSatisfy { $0 == " " } }.map { item in
            var scratch: [UInt8] = []
            do throws(ICalendarError) {
                return try reader.value(Array(item.utf8).span, type: type, scratch: &scratch)
            } catch {
                return .raw(String(item), type: type)
            }
        }
    }
}

extension ICalendarError {
    /// A property of an event whose value is no time.
    static func unreadable(_ name: PropertyName, of event: Event) -> ICalendarError {
        ICalendarError(
            code: .malformedValue, location: location(of: event), problem: "\(name.text) with a value that is no time",
            next: "See RFC 5545 §3.8.")
    }

    /// An event that has the UID of another one.
    static func twin(of event: Event) -> ICalendarError {
        ICalendarError(
            code: .brokenRule, location: location(of: event),
            problem: "two events with this UID and SEQUENCE, of which one is used",
            next: "Give each event a UID of its own (RFC 5545 §3.8.4.7).")
    }

    /// A copy whose location names the event, too.
    func of(_ event: Event) -> ICalendarError {
        guard code == .unknownZone else { return self }
        return ICalendarError(
            code: code, line: line, location: "\(Self.location(of: event)), \(location)", problem: problem, next: next)
    }

    private static func location(of event: Event) -> String {
        "event “\(Token.printable(event.uid ?? event.summary ?? ""))”"
    }
}
