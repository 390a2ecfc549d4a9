/// The name of a property, in capitals, with what the RFCs say of it.
public struct PropertyName: Hashable, Sendable {
    /// The name as it is written.
    public let text: String
    /// Where it stands among the known ones, which is also its place in a component; unknown ones come last.
    let rank: UInt8

    /// A name from anywhere, an `X-` name for example; case does not matter.
    ///
    /// - Parameter text: Letters, digits and hyphens.
    /// - Throws: ``ICalendarError`` where anything else is in it.
    public init(_ text: String) throws(ICalendarError) {
        self.init(known: try Token.capitals(text, of: "property"))
    }

    private init(known text: String) {
        self.text = text
        rank = Self.ranks[text] ?? .max
    }

    /// The type of its value where no VALUE is stated; TEXT for all that is unknown (RFC 5545 §3.8.8).
    var defaultType: String {
        rank < Self.known.count ? Self.known[Int(rank)].type : "TEXT"
    }

    /// Whether VALUE must be stated although there is but one type (RFC 7986 §5.7, §5.8, §5.10, §5.11).
    var alwaysStatesType: Bool {
        switch text {
        case "CONFERENCE", "IMAGE", "REFRESH-INTERVAL", "SOURCE", "STRUCTURED-DATA", "STYLED-DESCRIPTION": true
        default: false
        }
    }

    /// All known names in the order in which they are written, with their default types.
    ///
    /// VERSION and PRODID come first because importers peek there, identity and time before words because people
    /// compare feeds by eye, and the names of single vendors last.
    private static let known: [(name: String, type: String)] = [
        ("VERSION", "TEXT"), ("PRODID", "TEXT"), ("CALSCALE", "TEXT"), ("METHOD", "TEXT"),
        ("ACTION", "TEXT"), ("TRIGGER", "DURATION"), ("TZID", "TEXT"), ("TZURL", "URI"),
        ("UID", "TEXT"), ("DTSTAMP", "DATE-TIME"), ("CREATED", "DATE-TIME"), ("LAST-MODIFIED", "DATE-TIME"),
        ("SEQUENCE", "INTEGER"), ("RECURRENCE-ID", "DATE-TIME"), ("DTSTART", "DATE-TIME"), ("DTEND", "DATE-TIME"),
        ("DUE", "DATE-TIME"), ("COMPLETED", "DATE-TIME"), ("DURATION", "DURATION"), ("REPEAT", "INTEGER"),
        ("TZOFFSETFROM", "UTC-OFFSET"), ("TZOFFSETTO", "UTC-OFFSET"), ("TZNAME", "TEXT"),
        ("RRULE", "RECUR"), ("RDATE", "DATE-TIME"), ("EXDATE", "DATE-TIME"),
        ("STATUS", "TEXT"), ("REQUEST-STATUS", "TEXT"), ("TRANSP", "TEXT"), ("CLASS", "TEXT"),
        ("PRIORITY", "INTEGER"), ("PERCENT-COMPLETE", "INTEGER"), ("FREEBUSY", "PERIOD"),
        ("NAME", "TEXT"), ("SUMMARY", "TEXT"), ("DESCRIPTION", "TEXT"), ("STYLED-DESCRIPTION", "TEXT"),
        ("LOCATION", "TEXT"), ("GEO", "FLOAT"), ("URL", "URI"), ("SOURCE", "URI"), ("REFRESH-INTERVAL", "DURATION"),
        ("CONFERENCE", "URI"), ("ORGANIZER", "CAL-ADDRESS"), ("ATTENDEE", "CAL-ADDRESS"), ("CONTACT", "TEXT"),
        ("CATEGORIES", "TEXT"), ("RESOURCES", "TEXT"), ("COMMENT", "TEXT"), ("RELATED-TO", "TEXT"),
        ("COLOR", "TEXT"), ("IMAGE", "URI"), ("ATTACH", "URI"), ("STRUCTURED-DATA", "TEXT"),
        ("ACKNOWLEDGED", "DATE-TIME"),
        ("X-WR-CALNAME", "TEXT"), ("X-WR-CALDESC", "TEXT"), ("X-WR-TIMEZONE", "TEXT"), ("X-WR-RELCALID", "TEXT"),
        ("X-PUBLISHED-TTL", "DURATION"), ("X-APPLE-CALENDAR-COLOR", "TEXT"), ("X-ALT-DESC", "TEXT"),
        ("X-MICROSOFT-CDO-BUSYSTATUS", "TEXT"), ("X-MICROSOFT-SKYPETEAMSMEETINGURL", "TEXT"),
    ]

    private static let ranks: [String: UInt8] = Dictionary(
        uniqueKeysWithValues: known.enumerated().map { ($1.name, UInt8($0)) })
}

extension PropertyName {
    /// What an alarm does (RFC 5545 §3.8.6.1).
    public static let action = Self(known: "ACTION")
    /// Someone invited (RFC 5545 §3.8.4.1).
    public static let attendee = Self(known: "ATTENDEE")
    /// The calendar system (RFC 5545 §3.7.1).
    public static let calscale = Self(known: "CALSCALE")
    /// Key words (RFC 5545 §3.8.1.2).
    public static let categories = Self(known: "CATEGORIES")
    /// Who may see it (RFC 5545 §3.8.1.3).
    public static let classification = Self(known: "CLASS")
    /// A CSS3 colour name (RFC 7986 §5.9).
    public static let color = Self(known: "COLOR")
    /// A way into the meeting (RFC 7986 §5.11).
    public static let conference = Self(known: "CONFERENCE")
    /// When it was made (RFC 5545 §3.8.7.1).
    public static let created = Self(known: "CREATED")
    /// A longer text (RFC 5545 §3.8.1.5).
    public static let description = Self(known: "DESCRIPTION")
    /// When it ends (RFC 5545 §3.8.2.2).
    public static let dtend = Self(known: "DTEND")
    /// When this object, or without METHOD its content, was made (RFC 5545 §3.8.7.2).
    public static let dtstamp = Self(known: "DTSTAMP")
    /// When it starts (RFC 5545 §3.8.2.4).
    public static let dtstart = Self(known: "DTSTART")
    /// How long it lasts (RFC 5545 §3.8.2.5).
    public static let duration = Self(known: "DURATION")
    /// An image to show with it (RFC 7986 §5.10).
    public static let image = Self(known: "IMAGE")
    /// When it was last changed (RFC 5545 §3.8.7.3).
    public static let lastModified = Self(known: "LAST-MODIFIED")
    /// Where it takes place (RFC 5545 §3.8.1.7).
    public static let location = Self(known: "LOCATION")
    /// What a receiver is to do with the object (RFC 5545 §3.7.2, RFC 5546 §1.4).
    public static let method = Self(known: "METHOD")
    /// The name of the calendar (RFC 7986 §5.1).
    public static let name = Self(known: "NAME")
    /// Who invites (RFC 5545 §3.8.4.3).
    public static let organizer = Self(known: "ORGANIZER")
    /// Which program made the object (RFC 5545 §3.7.3).
    public static let prodID = Self(known: "PRODID")
    /// How often a reader should look again (RFC 7986 §5.7).
    public static let refreshInterval = Self(known: "REFRESH-INTERVAL")
    /// Its revision (RFC 5545 §3.8.7.4).
    public static let sequence = Self(known: "SEQUENCE")
    /// Where the feed lies (RFC 7986 §5.8).
    public static let source = Self(known: "SOURCE")
    /// Tentative, confirmed or cancelled (RFC 5545 §3.8.1.11).
    public static let status = Self(known: "STATUS")
    /// The title (RFC 5545 §3.8.1.12).
    public static let summary = Self(known: "SUMMARY")
    /// Whether it makes busy (RFC 5545 §3.8.2.7).
    public static let transparency = Self(known: "TRANSP")
    /// When an alarm goes off (RFC 5545 §3.8.6.3).
    public static let trigger = Self(known: "TRIGGER")
    /// What identifies it for ever (RFC 5545 §3.8.4.7, RFC 7986 §5.3).
    public static let uid = Self(known: "UID")
    /// A page about it (RFC 5545 §3.8.4.6).
    public static let url = Self(known: "URL")
    /// The version of the format (RFC 5545 §3.7.4).
    public static let version = Self(known: "VERSION")
    /// A description as HTML, which Outlook reads.
    public static let xAltDesc = Self(known: "X-ALT-DESC")
    /// The colour of the calendar as `#RRGGBB`, which Apple reads.
    public static let xAppleCalendarColor = Self(known: "X-APPLE-CALENDAR-COLOR")
    /// Busy or free, which Outlook puts above TRANSP.
    public static let xMicrosoftBusyStatus = Self(known: "X-MICROSOFT-CDO-BUSYSTATUS")
    /// The join link of a Teams meeting, which Outlook and several other clients read.
    public static let xMicrosoftTeamsMeetingURL = Self(known: "X-MICROSOFT-SKYPETEAMSMEETINGURL")
    /// How often to look again, for clients that do not know REFRESH-INTERVAL.
    public static let xPublishedTTL = Self(known: "X-PUBLISHED-TTL")
    /// The calendar's description, for clients that do not know RFC 7986.
    public static let xWRCalDesc = Self(known: "X-WR-CALDESC")
    /// The calendar's name, for clients that do not know RFC 7986.
    public static let xWRCalName = Self(known: "X-WR-CALNAME")
    /// The zone in which Google shows the calendar.
    public static let xWRTimeZone = Self(known: "X-WR-TIMEZONE")
}
