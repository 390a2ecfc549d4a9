internal import FoundationEssentials

/// Values stored as JSON, with sorted keys, so that equal values are equal texts.
///
/// The values are Codable, so Foundation's coders read and write them; UsherText handles JSON without Codable.
enum Snapshot {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
