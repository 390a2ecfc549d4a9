/// A parameter of a property: a name and one or more values, as they are meant (RFC 5545 §3.2, RFC 6868).
public struct Parameter: Hashable, Sendable {
    /// The name of a parameter, in capitals.
    public struct Name: Hashable, Sendable {
        /// The name as it is written.
        public let text: String

        /// A name from anywhere; case does not matter.
        ///
        /// - Parameter text: Letters, digits and hyphens.
        /// - Throws: ``ICalendarError`` where anything else is in it.
        public init(_ text: String) throws(ICalendarError) {
            self.text = try Token.capitals(text, of: "parameter")
        }

        init(known text: String) {
            self.text = text
        }
    }

    /// The name.
    public let name: Name
    /// The values in their order, at least one.
    public let values: [String]

    /// A parameter with several values; no values at all stand for one that is empty.
    public init(_ name: Name, values: [String]) {
        self.name = name
        self.values = values.isEmpty ? [""] : values
    }

    /// A parameter with one value.
    public init(_ name: Name, _ value: String) {
        self.init(name, values: [value])
    }
}

extension Parameter.Name {
    /// Where another form of the text lies, a URI (RFC 5545 §3.2.1).
    public static let altrep = Self(known: "ALTREP")
    /// The name of a calendar user (RFC 5545 §3.2.2).
    public static let cn = Self(known: "CN")
    /// Person, group, room or resource (RFC 5545 §3.2.3).
    public static let cutype = Self(known: "CUTYPE")
    /// Who passed the invitation on (RFC 5545 §3.2.4).
    public static let delegatedFrom = Self(known: "DELEGATED-FROM")
    /// Whom the invitation was passed on to (RFC 5545 §3.2.5).
    public static let delegatedTo = Self(known: "DELEGATED-TO")
    /// The directory entry of a calendar user, a URI (RFC 5545 §3.2.6).
    public static let dir = Self(known: "DIR")
    /// How an image is to be shown (RFC 7986 §6.1).
    public static let display = Self(known: "DISPLAY")
    /// A mail address that differs from the calendar address (RFC 7986 §6.2).
    public static let email = Self(known: "EMAIL")
    /// What a conference offers (RFC 7986 §6.3).
    public static let feature = Self(known: "FEATURE")
    /// The media type of what a URI or a text holds (RFC 5545 §3.2.8).
    public static let fmttype = Self(known: "FMTTYPE")
    /// A short text for a link (RFC 7986 §6.4).
    public static let label = Self(known: "LABEL")
    /// The language of a text (RFC 5545 §3.2.10).
    public static let language = Self(known: "LANGUAGE")
    /// The groups that a calendar user belongs to (RFC 5545 §3.2.11).
    public static let member = Self(known: "MEMBER")
    /// What an attendee answered (RFC 5545 §3.2.12).
    public static let partstat = Self(known: "PARTSTAT")
    /// Whether a trigger counts from start or end (RFC 5545 §3.2.14).
    public static let related = Self(known: "RELATED")
    /// How two components belong together (RFC 5545 §3.2.15).
    public static let reltype = Self(known: "RELTYPE")
    /// How much an attendee is needed (RFC 5545 §3.2.16).
    public static let role = Self(known: "ROLE")
    /// Whether an answer is asked for (RFC 5545 §3.2.17).
    public static let rsvp = Self(known: "RSVP")
    /// Who acts for a calendar user (RFC 5545 §3.2.18).
    public static let sentBy = Self(known: "SENT-BY")
    /// The time zone of a wall time (RFC 5545 §3.2.19).
    public static let tzid = Self(known: "TZID")
    /// The type of the value (RFC 5545 §3.2.20); never stored, see ``Property``.
    public static let value = Self(known: "VALUE")

    /// Whether a description was made from another property (RFC 9073 §5.3).
    public static let derived = Self(known: "DERIVED")
    /// How a value is written as text; `BASE64` is never stored, see ``Property`` (RFC 5545 §3.2.7).
    public static let encoding = Self(known: "ENCODING")
    /// Which occurrences an override is for (RFC 5545 §3.2.13).
    public static let range = Self(known: "RANGE")
    /// What the data are about, a URI (RFC 9073 §5.2).
    public static let schema = Self(known: "SCHEMA")

    /// The known names by their bytes, for the reader.
    static let table = NameTable<Self>(
        [
            altrep, cn, cutype, delegatedFrom, delegatedTo, derived, dir, display, email, encoding, feature, fmttype,
            label, language, member, partstat, range, related, reltype, role, rsvp, schema, sentBy, tzid, value,
        ]
    ) { $0.text }

    /// Whether RFC 5545 wants the value in quotes whatever it holds: the parameters that hold URIs.
    var isAlwaysQuoted: Bool {
        switch text {
        case "ALTREP", "DELEGATED-FROM", "DELEGATED-TO", "DIR", "MEMBER", "SCHEMA", "SENT-BY": true
        default: false
        }
    }
}
