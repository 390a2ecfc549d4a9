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
    func time(
        _ tree: JSONValue, _ name: String, fallback: ZoneID?, _ repairs: inout Repairs
    ) throws(Refused) -> (Instant, ZoneID) {
        let stated = tree["timeZone"].text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        guard let text = tree.text ?? tree["dateTime"].text else {
            throw Refused(problem: "no \(name): expected {\"dateTime\": …, \"timeZone\": …} or an ISO 8601 text")
        }
        guard let timestamp = Timestamp(text) else {
            throw Refused(problem: "\(name) is \"\(text.prefix(60))\": expected a time such as 2026-12-09T15:00:00")
        }
        if let instant = timestamp.instant {
            // The zone only says how the time is shown.
            return (instant, shownZone(stated, name, &repairs) ?? fallback ?? .utc)
        }
        var zone = fallback
        if let stated { zone = try self.zone(stated) }
        guard let zone else {
            throw Refused(problem: "\(name) is \"\(text.prefix(60))\" without a time zone or an offset")
        }
        return (try instant(of: timestamp.civil, in: zone), zone)
    }

    /// A zone that decides nothing; nil, and a repair, where it is unknown.
    func shownZone(_ stated: String?, _ name: String, _ repairs: inout Repairs) -> ZoneID? {
        guard let stated, !stated.allSatisfy(\.isWhitespace) else { return nil }
        do throws(Refused) {
            return try zone(stated)
        } catch {
            repairs.append("\(name): \(error.problem): not used")
            return nil
        }
    }

    private func instant(of civil: CivilTime, in zone: ZoneID) throws(Refused) -> Instant {
        do throws(TimeZoneError) {
            let rules = try zones.rules(for: zone.name)
            return Instant(secondsSince1970: rules.utc(ofLocalSeconds: civil.secondsOnClock).utcSeconds)
        } catch {
            throw Refused(problem: error.description)
        }
    }

    /// One line of text, with control characters replaced; adds a repair where there were any.
    func line(_ text: String?, _ name: String, _ repairs: inout Repairs) -> Line {
        guard let text else { return Line(cleaning: "") }
        if Line.hasForbidden(text) { repairs.append("\(name) holds control characters: replaced by blanks") }
        return Line(cleaning: text)
    }

    /// One line of text that is cut where it is longer than allowed.
    func line(_ text: String?, _ name: String, bytes: Int, _ repairs: inout Repairs) -> Line {
        let line = line(text, name, &repairs)
        guard line.text.utf8.count > bytes else { return line }
        repairs.append("\(name) of \(line.text.utf8.count) bytes: cut at \(bytes)")
        return Line(cleaning: PlainText.prefix(line.text, bytes: bytes))
    }

    func optionalLine(_ text: String?, _ name: String, _ repairs: inout Repairs) -> Line? {
        let line = line(text, name, &repairs)
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

    /// A link that a session can do without: left out where it is none.
    func optionalLink(_ tree: JSONValue, _ name: String, _ repairs: inout Repairs) -> JoinURL? {
        do throws(Refused) {
            return try link(tree, name, hosts: nil)
        } catch {
            repairs.append("\(error.problem): left out")
            return nil
        }
    }

    func link(_ tree: JSONValue, _ name: String, hosts: Set<String>?) throws(Refused) -> JoinURL? {
        guard let text = tree.text, !text.isEmpty else { return nil }
        do throws(JoinURL.Problem) {
            return try JoinURL(text, hosts: hosts)
        } catch {
            throw Refused(problem: "\(name): \(error.reason)")
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
    /// The object itself, where an answer wraps it as `{"value": {…}}`, as the documentation shows for a session.
    var unwrapped: JSONValue { self["value"].isObject ? self["value"] : self }
}
