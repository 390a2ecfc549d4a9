internal import Mustache
internal import UsherText

/// Inserts values into a template for a chat, so that ``ChatBody`` finds them: as inside a JSON string, between two marks.
struct ChatContent: MustacheContentType {
    func escapeText(_ text: String) -> String {
        let marks = [ChatText.open, ChatText.close]
        var value = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !marks.contains(scalar) { value.append(scalar) }
        var bytes: [UInt8] = []
        JSONString.escape(String(value), to: &bytes, .script)
        return "\(ChatText.open)\(String(decoding: bytes, as: UTF8.self))\(ChatText.close)"
    }
}

/// The body of a chat message: JSON whose texts are escaped and cut for a product.
struct ChatBody {
    private let product: ChatProduct
    private let json: JSONValue

    /// Reads what a template rendered; nil if it is not JSON.
    init?(_ text: String, for product: ChatProduct) {
        guard let json = JSONValue(Self.withoutMarksBetweenStrings(text)) else { return nil }
        (self.product, self.json) = (product, json)
    }

    /// The body as it is sent.
    var bytes: [UInt8] {
        var body = rendered(valueLimit: .max)
        if product.excess(of: body) > 0 {
            // The longest value that all texts together leave room for.
            var (low, high) = (1, longestValue(json))
            while low < high {
                let middle = (low + high + 1) / 2
                if product.excess(of: rendered(valueLimit: middle)) <= 0 { low = middle } else { high = middle - 1 }
            }
            body = rendered(valueLimit: low)
        }
        return Array(body.line().utf8)
    }

    private func rendered(valueLimit: Int) -> JSONValue {
        product.withoutMentions(rendered(json, [], [], valueLimit))
    }

    private func rendered(_ value: JSONValue, _ path: [String], _ types: [String], _ valueLimit: Int) -> JSONValue {
        switch value {
        case .null, .bool, .number: return value
        case .string(let text):
            let field = ChatProduct.Field(path: path, types: types)
            return .string(
                ChatText(text).text(
                    product.style(of: field), limit: product.limit(of: field), valueLimit: valueLimit))
        case .array(let items):
            let limit = product.items(of: path, in: types) ?? .max
            return .array(items.prefix(limit).map { rendered($0, path, types, valueLimit) })
        case .object(let object):
            let types = value["type"].text.map { types + [$0] } ?? types
            var result = JSONObject()
            for member in object.members {
                result.append(member.name, rendered(member.value, path + [member.name], types, valueLimit))
            }
            return .object(result)
        }
    }

    private func longestValue(_ value: JSONValue) -> Int {
        switch value {
        case .null, .bool, .number: 1
        // An escaped value is up to twice as long, or five times for Slack's entities.
        case .string(let text): ChatText(text).longestValue * 5 + 1
        case .array(let items): items.reduce(1) { max($0, longestValue($1)) }
        case .object(let object): object.members.reduce(1) { max($0, longestValue($1.value)) }
        }
    }

    /// A number or a truth value that was inserted outside a string is no text.
    private static func withoutMarksBetweenStrings(_ text: String) -> [UInt8] {
        let marks = [ChatText.open, ChatText.close].map { Array(String($0).utf8) }
        var bytes: [UInt8] = []
        var (isInside, isEscaped) = (false, false)
        let source = Array(text.utf8)
        var position = 0
        while position < source.count {
            let byte = source[position]
            if !isInside, byte == 0xEE, marks.contains(where: { source[position...].starts(with: $0) }) {
                position += 3
                continue
            }
            if isInside, !isEscaped, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                if byte == UInt8(ascii: "\""), !isEscaped { isInside.toggle() }
                isEscaped = false
            }
            bytes.append(byte)
            position += 1
        }
        return bytes
    }
}
