package import ICalendar
internal import UsherModel
internal import UsherText

/// Decodes events, sessions and registrations from JSON in the shapes of Microsoft Graph, and the same values from tables and feeds.
///
/// Of a session, id, start, end, link and status are essential: where one of them cannot be read, the record is refused. Everything else is
/// decoration: it is repaired or left out, with a word, and never refuses a record. Of a registration, id, address and status are essential.
///
/// It accepts what occurs in practice: times as `dateTimeTimeZone` or as plain text, 0 to 7 fraction digits, Windows and IANA zones, nulls
/// anywhere, unknown properties and values, a single object wrapped in `{"value": …}`. Source: Microsoft Graph v1.0 metadata, types
/// `virtualEvent`, `virtualEventSession`, `virtualEventRegistration`, and the reference pages' samples.
struct RecordDecoder: Sendable {
    let zones: TimeZoneDatabase
    /// The hosts that join links may have; nil allows every host.
    let joinHosts: Set<String>?

    init(zones: TimeZoneDatabase, joinHosts: Set<String>?) {
        (self.zones, self.joinHosts) = (zones, joinHosts)
    }

    /// The record cannot be used.
    struct Refused: Error {
        let problem: String
    }

    /// What was wrong with a record that is used all the same, and what was used instead.
    typealias Repairs = [String]

    // MARK: Parts that records share

    func zone(_ name: String) throws(Refused) -> ZoneID {
        do throws(ZoneID.Problem) {
            return try ZoneID(name) { zones.contains($0) }
        } catch {
            guard zones.isInstalled else {
                throw Refused(
                    problem:
                        "no time zone database in \(zones.folder) to look up \"\(Line(cleaning: String(name.prefix(60))))\": "
                        + "install the package tzdata, or set TZDIR to where the database is")
            }
            throw Refused(problem: error.description)
        }
    }

    /// An instant and the zone it is stated in: `{"dateTime": …, "timeZone": …}` or a text.
    ///
    /// Where the time has an offset of its own, its zone is only for showing: one that is unknown is replaced by the fallback, or UTC.
    func time(
        _ tree: JSONValue, _ name: String, fallback: ZoneID?, _ repairs: inout Repairs
    ) throws(Refused) -> (Instant, ZoneID) {
        guard let text = tree.text ?? tree["dateTime"].text else {
            throw Refused(problem: "no \(name): expected {\"dateTime\": …, \"timeZone\": …} or an ISO 8601 text")
        }
        guard let timestamp = Timestamp(text) else {
            throw Refused(problem: "\(name) is \"\(text.prefix(60))\": expected a time such as 2026-12-09T15:00:00")
        }
        if let instant = timestamp.instant {
            do throws(Refused) {
                return (instant, try statedZone(tree["timeZone"], name) ?? fallback ?? .utc)
            } catch {
                let zone = fallback ?? .utc
                repairs.append("\(error.problem): the session is shown in \(zone)")
                return (instant, zone)
            }
        }
        guard let zone = try statedZone(tree["timeZone"], name) ?? fallback else {
            throw Refused(problem: "\(name) is \"\(text.prefix(60))\" without a known time zone or an offset")
        }
        return (try instant(of: timestamp.civil, in: zone), zone)
    }

    /// An instant and the zone it is stated in, where nobody reads what was replaced.
    func time(_ tree: JSONValue, _ name: String, fallback: ZoneID?) throws(Refused) -> (Instant, ZoneID) {
        var repairs: Repairs = []
        return try time(tree, name, fallback: fallback, &repairs)
    }

    /// The zone that a time states; nil where it states none.
    private func statedZone(_ tree: JSONValue, _ name: String) throws(Refused) -> ZoneID? {
        switch tree {
        case .null: return nil
        case .string(let text): return Line(cleaning: text).isEmpty ? nil : try zone(text)
        case .bool, .number, .array, .object:
            throw Refused(problem: "the time zone of \(name) is \(tree.shape): expected a text")
        }
    }

    /// A zone that is needed only where a time has none of its own; nil where it is not known.
    func fallbackZone(_ tree: JSONValue) -> ZoneID? {
        do throws(Refused) { return try statedZone(tree, "an event") } catch { return nil }
    }

    private func instant(of civil: CivilTime, in zone: ZoneID) throws(Refused) -> Instant {
        do throws(TimeZoneError) {
            let rules = try zones.rules(for: zone.name)
            return Instant(secondsSince1970: rules.utc(ofLocalSeconds: civil.secondsOnClock).utcSeconds)
        } catch {
            throw Refused(problem: error.description)
        }
    }

    /// The text of a property that a record can do without; one of another type is left out.
    func text(_ tree: JSONValue, _ name: String, _ repairs: inout Repairs) -> String? {
        switch tree {
        case .string(let text): return text
        case .null: return nil
        case .bool, .number, .array, .object:
            repairs.append("\(name) is \(tree.shape): left out")
            return nil
        }
    }

    /// The items of a list that a record can do without; a value of another type is left out, and so is what is beyond the limit.
    func items(_ tree: JSONValue, _ name: String, limit: Int = 1000, _ repairs: inout Repairs) -> [JSONValue] {
        switch tree {
        case .array(let items):
            if items.count > limit {
                repairs.append("\(items.count) \(name): those after the first \(limit) are left out")
            }
            return Array(items.prefix(limit))
        case .null: return []
        case .bool, .number, .string, .object:
            repairs.append("\(name) is \(tree.shape): left out")
            return []
        }
    }

    /// A truth value that a record can do without; one of another type is left out.
    func flag(_ tree: JSONValue, _ name: String, _ repairs: inout Repairs) -> Bool? {
        if tree != .null, tree.flag == nil { repairs.append("\(name) is \(tree.shape): left out") }
        return tree.flag
    }

    /// One line of text, with control characters replaced; adds a repair where there were any.
    func line(_ text: String?, _ name: String, _ repairs: inout Repairs) -> Line {
        guard let text else { return Line(cleaning: "") }
        if Line.hasForbidden(text) { repairs.append("\(name) holds control characters: replaced by blanks") }
        return Line(cleaning: text)
    }

    /// One line of text that a record can do without: a longer one is cut.
    func line(_ tree: JSONValue, _ name: String, bytes: Int = Limits.nameBytes, _ repairs: inout Repairs) -> Line {
        let line = line(text(tree, name, &repairs), name, &repairs)
        guard line.text.utf8.count > bytes else { return line }
        repairs.append("\(name) of \(line.text.utf8.count) bytes: cut at \(bytes)")
        return Line(cleaning: PlainText.prefix(line.text, bytes: bytes))
    }

    /// One line of text that is of no use if it is cut: a longer one is left out.
    func wholeLine(_ tree: JSONValue, _ name: String, _ repairs: inout Repairs) -> Line? {
        let line = line(text(tree, name, &repairs), name, &repairs)
        guard line.text.utf8.count <= Limits.nameBytes else {
            repairs.append("\(name) of \(line.text.utf8.count) bytes: left out")
            return nil
        }
        return line.isEmpty ? nil : line
    }

    /// An id: one line of limited length.
    func id(_ tree: JSONValue, of what: String) throws(Refused) -> String {
        guard let text = tree.text, !text.isEmpty else { throw Refused(problem: "\(what) without an id") }
        guard text.utf8.count <= Limits.idBytes, !Line.hasForbidden(text) else {
            throw Refused(
                problem: "\(what) with an id that is longer than \(Limits.idBytes) bytes or holds control characters")
        }
        return text
    }

    /// A join link; nil where there is none yet.
    func link(_ tree: JSONValue, _ name: String, hosts: Set<String>?) throws(Refused) -> JoinURL? {
        switch tree {
        case .null: return nil
        case .string(let text): return text.isEmpty ? nil : try link(text, name, hosts: hosts)
        case .bool, .number, .array, .object: throw Refused(problem: "\(name) is \(tree.shape): expected a link")
        }
    }

    private func link(_ text: String, _ name: String, hosts: Set<String>?) throws(Refused) -> JoinURL {
        do throws(JoinURL.Problem) {
            return try JoinURL(text, hosts: hosts)
        } catch {
            throw Refused(problem: "\(name): \(error.reason)")
        }
    }

    /// A link that a session can do without.
    func decoration(_ tree: JSONValue, _ name: String, _ repairs: inout Repairs) -> JoinURL? {
        do throws(Refused) {
            return try link(tree, name, hosts: nil)
        } catch {
            repairs.append("\(error.problem): left out")
            return nil
        }
    }
}

extension TimeZoneDatabase {
    /// Whether the database holds an IANA name.
    package func contains(_ name: String) -> Bool {
        do throws(TimeZoneError) {
            _ = try rules(for: name)
            return true
        } catch {
            return false
        }
    }
}

extension JSONValue {
    /// What kind of value it is, for people.
    var shape: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// The object itself, where an answer wraps it as `{"value": {…}}`, as the documentation shows for a session.
    var unwrapped: JSONValue { self["value"].isObject ? self["value"] : self }
}
