extension PropertyName {
    /// All known names in the order in which they are written, with their default types.
    ///
    /// VERSION and PRODID come first because importers peek there, identity and time before words because people
    /// compare feeds by eye, and the names of single vendors last.
    static let known: [(name: String, type: ValueType)] = [
        ("VERSION", .text), ("PRODID", .text), ("CALSCALE", .text), ("METHOD", .text),
        ("ACTION", .text), ("TRIGGER", .duration), ("TZID", .text), ("TZURL", .uri),
        ("UID", .text), ("DTSTAMP", .dateTime), ("CREATED", .dateTime), ("LAST-MODIFIED", .dateTime),
        ("SEQUENCE", .integer), ("RECURRENCE-ID", .dateTime), ("DTSTART", .dateTime), ("DTEND", .dateTime),
        ("DUE", .dateTime), ("COMPLETED", .dateTime), ("DURATION", .duration), ("REPEAT", .integer),
        ("TZOFFSETFROM", .utcOffset), ("TZOFFSETTO", .utcOffset), ("TZNAME", .text),
        ("RRULE", .recurrence), ("RDATE", .dateTime), ("EXDATE", .dateTime),
        ("STATUS", .text), ("REQUEST-STATUS", .text), ("TRANSP", .text), ("CLASS", .text),
        ("PRIORITY", .integer), ("PERCENT-COMPLETE", .integer), ("FREEBUSY", .period),
        ("NAME", .text), ("SUMMARY", .text), ("DESCRIPTION", .text), ("STYLED-DESCRIPTION", .text),
        ("LOCATION", .text), ("GEO", .float), ("URL", .uri), ("SOURCE", .uri), ("REFRESH-INTERVAL", .duration),
        ("CONFERENCE", .uri), ("ORGANIZER", .calendarAddress), ("ATTENDEE", .calendarAddress), ("CONTACT", .text),
        ("CATEGORIES", .text), ("RESOURCES", .text), ("COMMENT", .text), ("RELATED-TO", .text),
        ("COLOR", .text), ("IMAGE", .uri), ("ATTACH", .uri), ("STRUCTURED-DATA", .text),
        ("ACKNOWLEDGED", .dateTime), ("PARTICIPANT-TYPE", .text), ("CALENDAR-ADDRESS", .calendarAddress),
        ("LOCATION-TYPE", .text), ("RESOURCE-TYPE", .text),
        ("X-WR-CALNAME", .text), ("X-WR-CALDESC", .text), ("X-WR-TIMEZONE", .text), ("X-WR-RELCALID", .text),
        ("X-PUBLISHED-TTL", .duration), ("X-APPLE-CALENDAR-COLOR", .text), ("X-ALT-DESC", .text),
        ("X-MICROSOFT-CDO-BUSYSTATUS", .text), ("X-MICROSOFT-SKYPETEAMSMEETINGURL", .text),
    ]

    static let ranks: [String: UInt8] = Dictionary(
        uniqueKeysWithValues: known.enumerated().map { ($1.name, UInt8($0)) })

    /// The known names by their bytes, for the reader.
    static let table = NameTable(known.map { PropertyName(known: $0.name) }) { $0.text }
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
    /// How much it matters (RFC 5545 §3.8.1.9).
    public static let priority = Self(known: "PRIORITY")
    /// How often an alarm repeats (RFC 5545 §3.8.6.2).
    public static let repetitions = Self(known: "REPEAT")
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
    /// Tentative, confirmed or canceled (RFC 5545 §3.8.1.11).
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
    /// What an attachment is, or where it lies (RFC 5545 §3.8.1.1).
    public static let attach = Self(known: "ATTACH")
    /// The address of a participant (RFC 9073 §6.4).
    public static let calendarAddress = Self(known: "CALENDAR-ADDRESS")
    /// Words to the reader (RFC 5545 §3.8.1.4).
    public static let comment = Self(known: "COMMENT")
    /// The occurrences that do not take place (RFC 5545 §3.8.5.1).
    public static let exdate = Self(known: "EXDATE")
    /// A place on the globe (RFC 5545 §3.8.1.6).
    public static let geo = Self(known: "GEO")
    /// What somebody takes part as (RFC 9073 §6.2).
    public static let participantType = Self(known: "PARTICIPANT-TYPE")
    /// Occurrences beside those of a rule (RFC 5545 §3.8.5.2).
    public static let rdate = Self(known: "RDATE")
    /// Which occurrence this is (RFC 5545 §3.8.4.4).
    public static let recurrenceID = Self(known: "RECURRENCE-ID")
    /// What it belongs to (RFC 5545 §3.8.4.5).
    public static let relatedTo = Self(known: "RELATED-TO")
    /// What became of a request (RFC 5545 §3.8.8.3).
    public static let requestStatus = Self(known: "REQUEST-STATUS")
    /// The rule by which it recurs (RFC 5545 §3.8.5.3).
    public static let rrule = Self(known: "RRULE")
    /// Data for programs, JSON-LD for example (RFC 9073 §6.6).
    public static let structuredData = Self(known: "STRUCTURED-DATA")
    /// A description with markup (RFC 9073 §6.5).
    public static let styledDescription = Self(known: "STYLED-DESCRIPTION")
    /// The name of a time zone within the object (RFC 5545 §3.8.3.1).
    public static let tzid = Self(known: "TZID")
    /// What a zone's clocks are called for some time (RFC 5545 §3.8.3.2).
    public static let tzname = Self(known: "TZNAME")
    /// The offset before a change of clocks (RFC 5545 §3.8.3.3).
    public static let tzoffsetfrom = Self(known: "TZOFFSETFROM")
    /// The offset after a change of clocks (RFC 5545 §3.8.3.4).
    public static let tzoffsetto = Self(known: "TZOFFSETTO")
    /// A Google Meet link; links to other services do not belong there.
    public static let xGoogleConference = Self(known: "X-GOOGLE-CONFERENCE")
}
