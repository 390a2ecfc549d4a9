internal import UsherModel
internal import UsherText

/// The values that differ between messages that share a form.
enum PersonalField: Int, CaseIterable, Sendable {
    case email, firstName, lastName, name, registration, message, dueAt, recipient, calendar, unsubscribe
}

/// The personal values of one message, or marks in their place.
///
/// A template is rendered once with marks, which are then replaced for each recipient. An empty value has no mark, so that sections behave as
/// they would with the value itself.
struct PersonalValues {
    let request: RenderRequest
    let isMarked: Bool

    subscript(field: PersonalField) -> String {
        let text = text(field)
        return isMarked && !text.isEmpty ? PersonalMark.text(field) : text
    }

    /// Which values are not empty: one bit for each that may be.
    var presence: UInt8 {
        guard let attendee = request.attendee else { return 0 }
        return (attendee.firstName.isEmpty ? 0 : 1) | (attendee.lastName.isEmpty ? 0 : 2)
            | (attendee.name.isEmpty ? 0 : 4) | (attendee.registration.rawValue.isEmpty ? 0 : 8) | 16
            | (request.calendarURL == nil ? 0 : 32) | (request.unsubscribe == nil ? 0 : 64)
    }

    /// Whether no value could end a line or look like a mark.
    var isPlain: Bool {
        PersonalField.allCases.allSatisfy { field in
            let text = text(field)
            return !Line.hasForbidden(text) && !text.utf8.contains(PersonalMark.firstOctet)
        }
    }

    /// Whether a value that may hold any text, unlike a name or an address, could end a line.
    var mayEndLine: Bool {
        Line.hasForbidden(request.attendee?.registration.rawValue ?? "") || Line.hasForbidden(request.calendarURL ?? "")
    }

    private func text(_ field: PersonalField) -> String {
        switch field {
        case .email: request.attendee?.address.text ?? ""
        case .firstName: request.attendee?.firstName.text ?? ""
        case .lastName: request.attendee?.lastName.text ?? ""
        case .name: request.attendee?.name.text ?? ""
        case .registration: request.attendee?.registration.rawValue ?? ""
        case .message: request.id.hex
        case .dueAt: request.dueAt.description
        case .recipient: request.recipient.label
        case .calendar: request.calendarURL ?? ""
        case .unsubscribe: request.unsubscribeURL ?? ""
        }
    }
}

/// A source of personal values for templates.
protocol PersonalSource: SendableMetatype {
    var personal: PersonalValues { get }
}

extension Schema.Field where Source: PersonalSource {
    /// A personal value, which is a mark while a form for many recipients is rendered; the empty text is "no value".
    static func personal(
        _ name: String, _ field: PersonalField, _ example: String, _ meaning: String = ""
    ) -> Self {
        let vocabulary = Vocabulary(kind: .text, example: example, meaning: meaning, isMark: true)
        return Self(name: name, vocabulary: vocabulary) { .optional($0.personal[field]) }
    }
}

/// A mark: a private-use character, a quote, the field's number, another private-use character.
///
/// The quote shows how the template escapes values at that place: it stays `"` in plain text and becomes `&quot;` in HTML and `\"` in JSON.
enum PersonalMark {
    /// The octet with which every private-use character from U+E000 to U+EFFF begins, and nothing else.
    static let firstOctet: UInt8 = 0xEE
    private static let digits = Array("0123456789")
    /// U+E000 and U+E001 in UTF-8.
    private static let (open, close): ([UInt8], [UInt8]) = ([0xEE, 0x80, 0x80], [0xEE, 0x80, 0x81])
    private static let quotes: [(bytes: [UInt8], escape: PersonalEscape)] = [
        (Array("\"".utf8), .none), (Array("&quot;".utf8), .html), (Array("\\\"".utf8), .json),
    ]

    static func text(_ field: PersonalField) -> String { "\u{E000}\"\(digits[field.rawValue])\u{E001}" }

    /// The mark that begins at a position, and where it ends; nil if there is none.
    static func find(
        in bytes: [UInt8], at start: Int
    ) -> (field: PersonalField, escape: PersonalEscape, end: Int)? {
        guard matches(open, bytes, start) else { return nil }
        let quote = start + open.count
        for (form, escape) in quotes where matches(form, bytes, quote) {
            let digit = quote + form.count
            guard digit < bytes.count, let field = PersonalField(rawValue: Int(bytes[digit]) - 48),
                matches(close, bytes, digit + 1)
            else { return nil }
            return (field, escape, digit + 1 + close.count)
        }
        return nil
    }

    private static func matches(_ wanted: [UInt8], _ bytes: [UInt8], _ start: Int) -> Bool {
        guard start + wanted.count <= bytes.count else { return false }
        for index in wanted.indices where bytes[start + index] != wanted[index] { return false }
        return true
    }
}

/// How a place in a text escapes the value inserted there.
enum PersonalEscape: Hashable, Sendable {
    case none, html, json

    func append(_ text: String, to bytes: inout [UInt8]) {
        switch self {
        case .none: bytes.append(contentsOf: text.utf8)
        case .html: MarkupEscape.append(text, to: &bytes)
        case .json: JSONString.escape(text, to: &bytes, .script)
        }
    }
}
