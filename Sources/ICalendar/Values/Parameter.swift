/// A parameter of a property: a name and one or more unescaped values (RFC 5545 §3.2, RFC 6868).
public struct Parameter: Hashable, Sendable {
    /// The name of a parameter, in uppercase.
    public struct Name: Hashable, Sendable {
        /// The name in uppercase.
        public let text: String

        /// Creates a name; case does not matter.
        ///
        /// - Parameter text: Letters, digits and hyphens.
        /// - Throws: ``ICalendarError`` if it has other characters.
        public init(_ text: String) throws(ICalendarError) {
            self.text = try Token.capitals(text, of: "parameter")
        }

        init(canonical text: String) {
            self.text = text
        }
    }

    /// The name.
    public let name: Name
    /// The values, at least one, in order.
    public let values: [String]

    /// Creates a parameter with several values; an empty array stands for one empty value.
    public init(_ name: Name, values: [String]) {
        self.name = name
        self.values = values.isEmpty ? [""] : values
    }

    /// Creates a parameter with one value.
    public init(_ name: Name, _ value: String) {
        self.init(name, values: [value])
    }
}

extension Parameter.Name {
    /// The URI of an alternate representation of the text (RFC 5545 §3.2.1).
    public static let altrep = Self(canonical: "ALTREP")
    /// The common name of a calendar user (RFC 5545 §3.2.2).
    public static let cn = Self(canonical: "CN")
    /// The kind of calendar user: individual, group, room or resource (RFC 5545 §3.2.3).
    public static let cutype = Self(canonical: "CUTYPE")
    /// Who delegated the participation (RFC 5545 §3.2.4).
    public static let delegatedFrom = Self(canonical: "DELEGATED-FROM")
    /// To whom the participation was delegated (RFC 5545 §3.2.5).
    public static let delegatedTo = Self(canonical: "DELEGATED-TO")
    /// The URI of a calendar user's directory entry (RFC 5545 §3.2.6).
    public static let dir = Self(canonical: "DIR")
    /// How to display an image (RFC 7986 §6.1).
    public static let display = Self(canonical: "DISPLAY")
    /// A mail address that differs from the calendar address (RFC 7986 §6.2).
    public static let email = Self(canonical: "EMAIL")
    /// The features of a conference (RFC 7986 §6.3).
    public static let feature = Self(canonical: "FEATURE")
    /// The media type of the content (RFC 5545 §3.2.8).
    public static let fmttype = Self(canonical: "FMTTYPE")
    /// A short text for a link (RFC 7986 §6.4).
    public static let label = Self(canonical: "LABEL")
    /// The language of a text (RFC 5545 §3.2.10).
    public static let language = Self(canonical: "LANGUAGE")
    /// The groups of which a calendar user is a member (RFC 5545 §3.2.11).
    public static let member = Self(canonical: "MEMBER")
    /// The participation status of an attendee (RFC 5545 §3.2.12).
    public static let partstat = Self(canonical: "PARTSTAT")
    /// Whether a trigger is relative to the start or the end (RFC 5545 §3.2.14).
    public static let related = Self(canonical: "RELATED")
    /// The relationship between two components (RFC 5545 §3.2.15).
    public static let reltype = Self(canonical: "RELTYPE")
    /// The participation role of an attendee (RFC 5545 §3.2.16).
    public static let role = Self(canonical: "ROLE")
    /// Whether a reply is requested (RFC 5545 §3.2.17).
    public static let rsvp = Self(canonical: "RSVP")
    /// Who acts on behalf of a calendar user (RFC 5545 §3.2.18).
    public static let sentBy = Self(canonical: "SENT-BY")
    /// The time zone of a local time (RFC 5545 §3.2.19).
    public static let tzid = Self(canonical: "TZID")
    /// The type of the value (RFC 5545 §3.2.20); never stored, see ``Property``.
    public static let value = Self(canonical: "VALUE")

    /// Whether a description was derived from another property (RFC 9073 §5.3).
    public static let derived = Self(canonical: "DERIVED")
    /// The encoding of a value (RFC 5545 §3.2.7); `BASE64` is never stored, see ``Property``.
    public static let encoding = Self(canonical: "ENCODING")
    /// The range of occurrences that an override replaces (RFC 5545 §3.2.13).
    public static let range = Self(canonical: "RANGE")
    /// The URI of the schema of structured data (RFC 9073 §5.2).
    public static let schema = Self(canonical: "SCHEMA")

    /// The recognized names by their bytes, for the reader.
    static let table = NameTable<Self>(
        [
            altrep, cn, cutype, delegatedFrom, delegatedTo, derived, dir, display, email, encoding, feature, fmttype,
            label, language, member, partstat, range, related, reltype, role, rsvp, schema, sentBy, tzid, value,
        ]
    ) { $0.text }

    /// Whether the value must always be quoted (RFC 5545 §3.2): true for the parameters that hold URIs.
    var isAlwaysQuoted: Bool {
        switch text {
        case "ALTREP", "DELEGATED-FROM", "DELEGATED-TO", "DIR", "MEMBER", "SCHEMA", "SENT-BY": true
        default: false
        }
    }
}
