/// A JSON value (RFC 8259); numbers keep their text, and objects the order of their members.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number as it is written, so that no digit is lost.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// A whole number.
    package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    /// A string, or null for nil.
    package static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// An object with a number for each key.
    package static func counts<Key: RawRepresentable<String>>(_ counts: [Key: Int]) -> JSONValue {
        .object(
            JSONObject(sorting: Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, .integer($0.value)) })))
    }

    /// The value of a member; null if this is not an object or has no such member.
    package subscript(key: String) -> JSONValue {
        guard case .object(let object) = self else { return .null }
        return object[key] ?? .null
    }

    /// The text of a string; nil for every other value.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The items of an array; empty for every other value.
    package var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// A whole number; nil for every other value.
    package var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// Whether this is an object.
    package var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }

    /// The value with the members of all its objects in the order of their names.
    package var sorted: JSONValue {
        switch self {
        case .array(let items): .array(items.map(\.sorted))
        case .object(let object):
            .object(
                JSONObject(
                    members: object.members.map { JSONObject.Member(name: $0.name, value: $0.value.sorted) }
                        .sorted { $0.name < $1.name }))
        case .null, .bool, .number, .string: self
        }
    }

    /// `true` or `false`; nil for every other value.
    package var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }
}

/// The members of a JSON object in their order.
package struct JSONObject: Hashable, Sendable {
    /// A name and its value.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSONValue
    }

    package private(set) var members: [Member] = []

    package init() {}

    fileprivate init(members: [Member]) { self.members = members }

    /// Creates an object whose members, at every depth, are in the order of their names.
    package init(sorting members: [String: JSONValue]) {
        self.members = members.map { Member(name: $0.key, value: $0.value.sorted) }.sorted { $0.name < $1.name }
    }

    /// The value of a member; the last one wins where a name occurs twice (RFC 8259 §4 leaves it open).
    ///
    /// A search beats a dictionary here: objects have a few dozen members, and hashing every name costs more than comparing some.
    package subscript(name: String) -> JSONValue? { members.last { $0.name == name }?.value }

    /// Adds a member at the end.
    package mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Creates an object with the members in the order of the literal.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members = elements.map { Member(name: $0.0, value: $0.1) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object with the members in the order of the literal.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (name, value) in elements { object.append(name, value) }
        self = .object(object)
    }
}
