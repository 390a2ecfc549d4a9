internal import UsherModel

/// What a mail server found out about where a message comes from (RFC 8601).
///
/// Anyone can write such a field into a message; it counts only where a server wrote it that removes those of others, which
/// ``MailTrust`` names.
package struct AuthenticationResults: Hashable, Sendable {
    /// The result of one method.
    struct Result: Hashable, Sendable {
        /// `dmarc`, `dkim` or `spf`, in lower case.
        let method: String
        /// In lower case.
        let result: String
        /// By their types and names, such as `header.from`, in lower case.
        let properties: [String: String]
    }

    /// The name that the server gives itself, in lower case; empty where the field begins with a result, as those of Exchange Online do.
    let server: String
    let results: [Result]

    /// The most results read from one field.
    private static let mostResults = 50

    /// Reads the value of a field.
    init(_ field: String) {
        let parts = Self.parts(Self.withoutComments(field))
        var statements = parts[...]
        // The name is followed by a version, if at all, and never by an equals sign.
        let first = parts.first ?? []
        if first.contains(where: { $0.contains("=") }) {
            server = ""
        } else {
            server = first.first?.lowercased() ?? ""
            statements = statements.dropFirst()
        }
        results = statements.prefix(Self.mostResults).compactMap { Result($0) }
    }

    /// Whether the domain of the author stands for the message: DMARC passed, or a DKIM signature or SPF of that domain or one above it.
    ///
    /// A domain beside it (`mail.example.com` for `example.com`) is not believed without DMARC: only its server knows where one
    /// organization ends and the next begins (RFC 7489 §3.2).
    func proves(_ author: Address) -> Bool {
        let domain = author.domain.lowercased()
        func isAligned(_ other: String?) -> Bool {
            guard let other = other?.split(separator: "@").last.map(String.init), !other.isEmpty else { return false }
            return domain == other || (domain.hasSuffix(".\(other)") && other.contains("."))
        }
        let passed = results.filter { $0.result == "pass" }
        guard !results.contains(where: { $0.method == "dmarc" && $0.result == "fail" }) else { return false }
        return passed.contains { result in
            switch result.method {
            case "dmarc": result.properties["header.from"].map { $0 == domain } ?? false
            case "dkim": isAligned(result.properties["header.d"] ?? result.properties["header.i"])
            case "spf": isAligned(result.properties["smtp.mailfrom"] ?? result.properties["smtp.from"])
            default: false
            }
        }
    }

    /// The words of each statement; equals signs have no blanks around them, and quotes are removed.
    private static func parts(_ text: String) -> [[String]] {
        var parts: [[String]] = [[]]
        var word = ""
        var isQuoted = false
        func endWord() {
            guard !word.isEmpty else { return }
            if let last = parts[parts.count - 1].last, last.hasSuffix("=") || word.hasPrefix("=") {
                parts[parts.count - 1][parts[parts.count - 1].count - 1] = last + word
            } else {
                parts[parts.count - 1].append(word)
            }
            word = ""
        }
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if isQuoted {
                word.append(character)
            } else if character == ";" {
                endWord()
                parts.append([])
            } else if character.isWhitespace {
                endWord()
            } else {
                word.append(character)
            }
        }
        endWord()
        return parts.filter { !$0.isEmpty }
    }

    /// RFC 5322 §3.2.2: comments may be nested, and do not begin within quotes.
    private static func withoutComments(_ text: String) -> String {
        var result = ""
        var (depth, isQuoted, isEscaped) = (0, false, false)
        for character in text {
            if isEscaped {
                isEscaped = false
                if depth == 0 { result.append(character) }
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"", depth == 0 {
                isQuoted.toggle()
                result.append(character)
            } else if character == "(", !isQuoted {
                depth += 1
            } else if character == ")", depth > 0 {
                depth -= 1
                if depth == 0 { result.append(" ") }
            } else if depth == 0 {
                result.append(character)
            }
        }
        return result
    }
}

extension AuthenticationResults.Result {
    /// Reads `dkim=pass header.d=example.com` (RFC 8601 §2.2); nil for `none` and what is not a result.
    fileprivate init?(_ words: [String]) {
        let pairs = words.compactMap { word -> (String, String)? in
            guard let equals = word.firstIndex(of: "=") else { return nil }
            return (word[..<equals].lowercased(), word[word.index(after: equals)...].lowercased())
        }
        guard let first = pairs.first else { return nil }
        // The method may have a version: `dkim/1`.
        method = String(first.0.prefix { $0 != "/" })
        result = first.1
        // Of one that is named twice, neither counts.
        properties = Dictionary(pairs.dropFirst()) { _, _ in "" }
    }
}

/// Whose word on the origin of a message counts.
package struct MailTrust: Hashable, Sendable {
    /// What stands for Exchange Online, whose fields do not begin with a name.
    private static let exchangeOnline = "exchange-online"
    private let servers: Set<String>

    /// Trusts the servers with these names.
    package init(_ servers: [String]) { self.servers = Set(servers.map { $0.lowercased() }) }

    /// Whether nobody is trusted.
    package var isEmpty: Bool { servers.isEmpty }

    /// Whether a trusted server says that a message is from its author.
    ///
    /// Of the fields of trusted servers the topmost counts: servers add theirs on top.
    package func proves(_ message: IncomingMessage) -> Bool {
        guard let author = message.author,
            let results = message.authentication.first(where: { trusts($0) })
        else { return false }
        return results.proves(author)
    }

    private func trusts(_ results: AuthenticationResults) -> Bool {
        servers.contains(results.server.isEmpty ? Self.exchangeOnline : results.server)
    }
}
