extension PropertyName {
    /// All recognized names in the order in which they are encoded, with their default types.
    ///
    /// VERSION and PRODID come first because importers look there. Identity and times come before texts because people
    /// compare feeds by eye. Vendor-specific names come last.
    static let recognized: [(name: String, type: ValueType)] = [
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
        uniqueKeysWithValues: recognized.enumerated().map { ($1.name, UInt8($0)) })

    /// The recognized names by their bytes, for the reader.
    static let table = NameTable(recognized.map { PropertyName(canonical: $0.name) }) { $0.text }
}

extension PropertyName {
    /// The action of an alarm (RFC 5545 §3.8.6.1).
    public static let action = Self(canonical: "ACTION")
    /// An attendee (RFC 5545 §3.8.4.1).
    public static let attendee = Self(canonical: "ATTENDEE")
    /// The calendar system (RFC 5545 §3.7.1).
    public static let calscale = Self(canonical: "CALSCALE")
    /// Categories (RFC 5545 §3.8.1.2).
    public static let categories = Self(canonical: "CATEGORIES")
    /// The access classification, CLASS (RFC 5545 §3.8.1.3).
    public static let classification = Self(canonical: "CLASS")
    /// A CSS3 color name (RFC 7986 §5.9).
    public static let color = Self(canonical: "COLOR")
    /// A conference link (RFC 7986 §5.11).
    public static let conference = Self(canonical: "CONFERENCE")
    /// When the component was created (RFC 5545 §3.8.7.1).
    public static let created = Self(canonical: "CREATED")
    /// The description (RFC 5545 §3.8.1.5).
    public static let description = Self(canonical: "DESCRIPTION")
    /// The end, exclusive (RFC 5545 §3.8.2.2).
    public static let dtend = Self(canonical: "DTEND")
    /// When the object was created; without METHOD, when its content was last revised (RFC 5545 §3.8.7.2).
    public static let dtstamp = Self(canonical: "DTSTAMP")
    /// The start (RFC 5545 §3.8.2.4).
    public static let dtstart = Self(canonical: "DTSTART")
    /// The duration (RFC 5545 §3.8.2.5).
    public static let duration = Self(canonical: "DURATION")
    /// An image (RFC 7986 §5.10).
    public static let image = Self(canonical: "IMAGE")
    /// When the component was last modified (RFC 5545 §3.8.7.3).
    public static let lastModified = Self(canonical: "LAST-MODIFIED")
    /// The priority (RFC 5545 §3.8.1.9).
    public static let priority = Self(canonical: "PRIORITY")
    /// How often an alarm repeats, REPEAT (RFC 5545 §3.8.6.2).
    public static let repetitions = Self(canonical: "REPEAT")
    /// The location (RFC 5545 §3.8.1.7).
    public static let location = Self(canonical: "LOCATION")
    /// The iTIP method (RFC 5545 §3.7.2, RFC 5546 §1.4).
    public static let method = Self(canonical: "METHOD")
    /// The name of the calendar (RFC 7986 §5.1).
    public static let name = Self(canonical: "NAME")
    /// The organizer (RFC 5545 §3.8.4.3).
    public static let organizer = Self(canonical: "ORGANIZER")
    /// The program that created the object (RFC 5545 §3.7.3).
    public static let prodID = Self(canonical: "PRODID")
    /// How often a client should fetch the calendar again (RFC 7986 §5.7).
    public static let refreshInterval = Self(canonical: "REFRESH-INTERVAL")
    /// The revision number (RFC 5545 §3.8.7.4).
    public static let sequence = Self(canonical: "SEQUENCE")
    /// The URI from which the calendar can be fetched (RFC 7986 §5.8).
    public static let source = Self(canonical: "SOURCE")
    /// Tentative, confirmed or canceled (RFC 5545 §3.8.1.11).
    public static let status = Self(canonical: "STATUS")
    /// The title (RFC 5545 §3.8.1.12).
    public static let summary = Self(canonical: "SUMMARY")
    /// Whether the event blocks time, TRANSP (RFC 5545 §3.8.2.7).
    public static let transparency = Self(canonical: "TRANSP")
    /// When an alarm is triggered (RFC 5545 §3.8.6.3).
    public static let trigger = Self(canonical: "TRIGGER")
    /// The persistent, globally unique identifier (RFC 5545 §3.8.4.7, RFC 7986 §5.3).
    public static let uid = Self(canonical: "UID")
    /// A web page about the component (RFC 5545 §3.8.4.6).
    public static let url = Self(canonical: "URL")
    /// The version of the format (RFC 5545 §3.7.4).
    public static let version = Self(canonical: "VERSION")
    /// A description in HTML, read by Outlook.
    public static let xAltDesc = Self(canonical: "X-ALT-DESC")
    /// The color of the calendar as `#RRGGBB`, read by Apple Calendar.
    public static let xAppleCalendarColor = Self(canonical: "X-APPLE-CALENDAR-COLOR")
    /// Busy or free; takes precedence over TRANSP in Outlook.
    public static let xMicrosoftBusyStatus = Self(canonical: "X-MICROSOFT-CDO-BUSYSTATUS")
    /// The join link of a Teams meeting, read by Outlook and several other clients.
    public static let xMicrosoftTeamsMeetingURL = Self(canonical: "X-MICROSOFT-SKYPETEAMSMEETINGURL")
    /// The refresh interval, for clients that do not support REFRESH-INTERVAL.
    public static let xPublishedTTL = Self(canonical: "X-PUBLISHED-TTL")
    /// The calendar's description, for clients that do not support RFC 7986.
    public static let xWRCalDesc = Self(canonical: "X-WR-CALDESC")
    /// The calendar's name, for clients that do not support RFC 7986.
    public static let xWRCalName = Self(canonical: "X-WR-CALNAME")
    /// The zone in which Google shows the calendar.
    public static let xWRTimeZone = Self(canonical: "X-WR-TIMEZONE")
    /// An attachment, inline or by URI (RFC 5545 §3.8.1.1).
    public static let attach = Self(canonical: "ATTACH")
    /// The address of a participant (RFC 9073 §6.4).
    public static let calendarAddress = Self(canonical: "CALENDAR-ADDRESS")
    /// A comment to the user (RFC 5545 §3.8.1.4).
    public static let comment = Self(canonical: "COMMENT")
    /// Occurrences that are excluded (RFC 5545 §3.8.5.1).
    public static let exdate = Self(canonical: "EXDATE")
    /// A geographic position (RFC 5545 §3.8.1.6).
    public static let geo = Self(canonical: "GEO")
    /// The type of a participant (RFC 9073 §6.2).
    public static let participantType = Self(canonical: "PARTICIPANT-TYPE")
    /// Occurrences in addition to those of a rule (RFC 5545 §3.8.5.2).
    public static let rdate = Self(canonical: "RDATE")
    /// The occurrence that this component overrides (RFC 5545 §3.8.4.4).
    public static let recurrenceID = Self(canonical: "RECURRENCE-ID")
    /// A related component (RFC 5545 §3.8.4.5).
    public static let relatedTo = Self(canonical: "RELATED-TO")
    /// The status of a scheduling request (RFC 5545 §3.8.8.3).
    public static let requestStatus = Self(canonical: "REQUEST-STATUS")
    /// The recurrence rule (RFC 5545 §3.8.5.3).
    public static let rrule = Self(canonical: "RRULE")
    /// Machine-readable data, such as JSON-LD (RFC 9073 §6.6).
    public static let structuredData = Self(canonical: "STRUCTURED-DATA")
    /// A description with markup (RFC 9073 §6.5).
    public static let styledDescription = Self(canonical: "STYLED-DESCRIPTION")
    /// The identifier of a time zone within the object (RFC 5545 §3.8.3.1).
    public static let tzid = Self(canonical: "TZID")
    /// The customary name of an observance, such as CET (RFC 5545 §3.8.3.2).
    public static let tzname = Self(canonical: "TZNAME")
    /// The offset from UTC before an observance begins (RFC 5545 §3.8.3.3).
    public static let tzoffsetfrom = Self(canonical: "TZOFFSETFROM")
    /// The offset from UTC during an observance (RFC 5545 §3.8.3.4).
    public static let tzoffsetto = Self(canonical: "TZOFFSETTO")
    /// A Google Meet link; not for links to other services.
    public static let xGoogleConference = Self(canonical: "X-GOOGLE-CONFERENCE")
}
