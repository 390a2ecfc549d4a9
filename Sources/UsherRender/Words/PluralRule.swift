/// A plural category of CLDR (Unicode TR35 Part 3, "Language Plural Rules").
enum PluralCategory: String, CaseIterable, Sendable {
    case zero, one, two, few, many, other
}

/// The counts that take a plural category, in CLDR's notation: `v = 0 and i % 10 = 2..4 and i % 100 != 12..14`.
///
/// Usher counts whole units only: the operands `n` and `i` are the count, and those for decimals and exponents are 0.
struct PluralRule: Hashable, Sendable {
    private struct Relation: Hashable {
        let isCount: Bool
        let modulus: Int?
        let isEqual: Bool
        let ranges: [ClosedRange<Int>]

        func holds(for count: Int) -> Bool {
            let operand = isCount ? count : 0
            let value = modulus.map { operand % $0 } ?? operand
            return ranges.contains { $0.contains(value) } == isEqual
        }
    }

    /// Alternatives of conditions that hold together.
    private let alternatives: [[Relation]]

    /// Reads a rule; nil if the text is not one.
    ///
    /// CLDR's files have samples behind the rule, from an `@` on; they are ignored.
    init?(_ text: String) {
        var alternatives: [[Relation]] = []
        for alternative in text.prefix(while: { $0 != "@" }).split(separator: " or ", omittingEmptySubsequences: false)
        {
            var relations: [Relation] = []
            for condition in alternative.split(separator: " and ", omittingEmptySubsequences: false) {
                guard let relation = Self.relation(condition.filter { $0 != " " }) else { return nil }
                relations.append(relation)
            }
            alternatives.append(relations)
        }
        self.alternatives = alternatives
    }

    /// Whether a count takes the category.
    func matches(_ count: Int) -> Bool { alternatives.contains { $0.allSatisfy { $0.holds(for: count) } } }

    /// Reads `i%10=2..4,7` or `n!=1`.
    private static func relation(_ text: String) -> Relation? {
        guard let sign = text.firstRange(of: "!=") ?? text.firstRange(of: "=") else { return nil }
        let left = text[..<sign.lowerBound].split(separator: "%", omittingEmptySubsequences: false)
        guard let operand = left.first, operand.count == 1, "nivwftce".contains(operand), left.count <= 2 else {
            return nil
        }
        var modulus: Int?
        if left.count == 2 {
            guard let number = Int(left[1]), number > 0 else { return nil }
            modulus = number
        }
        var ranges: [ClosedRange<Int>] = []
        for part in text[sign.upperBound...].split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "..", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                return nil
            }
            ranges.append(first...last)
        }
        return Relation(
            isCount: "ni".contains(operand), modulus: modulus, isEqual: text[sign.lowerBound] == "=", ranges: ranges)
    }
}
