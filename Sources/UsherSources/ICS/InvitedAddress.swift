internal import ICalendar
internal import UsherModel
internal import UsherText

/// Finds the mail address of an ATTENDEE, in whatever form programs write it.
///
/// `mailto:` is what RFC 5545 §3.3.3 asks for; others write the bare address, put it between angle brackets, or state it as EMAIL
/// (RFC 7986 §6.2) beside an address of their own.
enum InvitedAddress {
    /// The address; nil where there is none that can be read.
    static func of(_ attendee: ICalendar.Attendee) -> Address? {
        let email = attendee.otherParameters.first { $0.name == .email }?.values.first
        return read(attendee.address.uri) ?? email.flatMap(read)
    }

    /// The address in a URI or a text.
    private static func read(_ text: String) -> Address? {
        let text = PastedAddress.cleaned(text)
        // RFC 6068 §2: in a URI, characters may be percent-encoded.
        let decoded = String(decoding: PercentEncoding.octets(text[...]), as: UTF8.self)
        return MailAddress.read(bare(decoded)) ?? MailAddress.read(bare(text))
    }

    /// What stands between angle brackets or quotation marks.
    private static func bare(_ text: String) -> String {
        var text = text
        if let close = text.lastIndex(of: ">"), let open = text[..<close].lastIndex(of: "<") {
            text = String(text[text.index(after: open)..<close])
        }
        let marks: Set<Character> = ["\"", "'", "“", "”", " "]
        return PastedAddress.cleaned(
            String(text.drop(while: marks.contains).reversed().drop(while: marks.contains).reversed()))
    }
}

extension ICSReader {
    /// The people of each event whose addresses cannot be read, so that no one is left out in silence.
    func unreadablePeople(of calendar: ICalendar.Calendar, _ location: String) -> [EventID: [RecordProblem]] {
        var problems: [EventID: [RecordProblem]] = [:]
        var seen: Set<[String]> = []
        for event in calendar.events {
            guard let uid = event.uid else { continue }
            for property in event.properties.all(.attendee) {
                guard let value = Self.unreadable(property) else { continue }
                let name = Line(cleaning: String((property.parameter(.cn) ?? "").prefix(80))).text
                guard seen.insert([uid, name, value]).inserted else { continue }
                let id = EventID(rawValue: uid)
                problems[id, default: []].append(
                    RecordProblem(
                        location:
                            "attendee\(name.isEmpty ? "" : " \"\(name)\"") of \(Self.title(event)) in \(location)",
                        problem: "\"\(value)\" is no mail address", effect: .refused, event: id,
                        next: "Write the address as mailto:, or as EMAIL (RFC 7986 §6.2)"))
            }
        }
        return problems
    }

    /// What stands in the place of an address that cannot be read; nil where there is one, or none is needed.
    private static func unreadable(_ property: Property) -> String? {
        switch property.value {
        case .calendarAddress(let address):
            guard let attendee = ICalendar.Attendee(reading: property), attendee.kind != .room,
                attendee.kind != .resource, InvitedAddress.of(attendee) == nil
            else { return nil }
            return Line(cleaning: String(address.uri.prefix(80))).text
        case .raw(let text, type: _), .text(let text), .uri(let text):
            return Line(cleaning: String(text.prefix(80))).text
        case .textList, .utcDateTime, .localDateTime, .date, .duration, .period, .recurrence, .integer, .float,
            .coordinates, .boolean, .binary, .utcOffset, .list:
            return ""
        }
    }
}
