import Testing
import UsherModel
import UsherTesting

@testable import UsherRender

/// The program's own words, from files that a translator writes.
@Suite("words")
struct WordTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let polish = """
        plural.one: i = 1 and v = 0
        plural.few: v = 0 and i % 10 = 2..4 and i % 100 != 12..14
        plural.many: v = 0 and i != 1 and i % 10 = 0..1 or v = 0 and i % 10 = 5..9 or v = 0 and i % 100 = 12..14
        duration.days.one: {count} dzień
        duration.days.few: {count} dni
        duration.days.many: {count} dni
        duration.hours.one: godzinę
        duration.hours.few: {count} godziny
        duration.hours.many: {count} godzin
        duration.minutes.one: {count} minutę
        duration.minutes.few: {count} minuty
        duration.minutes.many: {count} minut
        """
    private static let labels = Label.allCases.map { "\($0.rawValue): x" }.joined(separator: "\n")

    private func words(_ language: String, _ text: String) throws -> WordSet {
        try folder.write(text, to: "words/\(language).txt")
        return WordSet(folder: folder.path)
    }

    private func tag(_ text: String) throws -> LanguageTag { try #require(LanguageTag(text)) }

    private func texts(_ problems: [RenderError]) -> [String] {
        problems.map { $0.description.replacing(folder.path + "/", with: "") }
    }

    /// A language that is shipped has every text.
    @Test func theBuiltInLanguagesAreComplete() {
        let words = WordSet(folder: nil)
        #expect(words.problems == [] && words.missing == [])
    }

    @Test(arguments: [
        ("en", 1, "1 minute"), ("en", 89, "1 minute"), ("en", 15 * 60, "15 minutes"), ("en", 24 * 3600, "24 hours"),
        ("en", 48 * 3600, "2 days"), ("de", 90 * 60, "2 Stunden"), ("de", 48 * 3600, "2 Tagen"),
        ("fr-CA", 86_400 * 7, "7 jours"), ("it", 15 * 60, "15 minutes"), ("en", 0, nil), ("en", -60, nil),
    ])
    func durationsInWords(language: String, seconds: Int, text: String?) throws {
        #expect(WordSet(folder: nil)[try tag(language)].duration(.seconds(seconds)) == text)
    }

    @Test(arguments: [
        (1, "1 minutę"), (2, "2 minuty"), (4, "4 minuty"), (5, "5 minut"), (12, "12 minut"), (21, "21 minut"),
        (22, "22 minuty"), (25, "25 minut"), (44, "44 minuty"), (50, "50 minut"),
    ])
    func aLanguageWithThreePluralFormsIsATextFile(count: Int, text: String) throws {
        let words = try words("pl", Self.polish + "\n" + Self.labels)
        #expect(words.problems == [] && words.missing == [])
        #expect(words[try tag("pl-PL")].duration(.seconds(count * 60)) == text)
        #expect(words[try tag("pl")].duration(1, .hours) == "godzinę")
    }

    /// Rules as CLDR writes them: Arabic, Russian, Slovenian, Latvian, French.
    @Test(arguments: [
        ("n % 100 = 3..10 @integer 3~10, 103~110", [3, 10, 103, 110], [2, 11, 100]),
        ("v = 0 and i % 10 = 1 and i % 100 != 11", [1, 21, 101], [11, 111, 2]),
        ("v = 0 and i % 100 = 3..4 or v != 0", [3, 4, 103], [5, 13]),
        ("n % 10 = 0 or n % 100 = 11..19 or v = 2 and f % 100 = 11..19", [10, 11, 19, 111], [1, 21]),
        ("i = 0,1", [0, 1], [2]), ("n = 0,2..4", [0, 2, 4], [1, 5]),
    ])
    func rulesAreThoseOfCLDR(rule: String, matching: [Int], others: [Int]) throws {
        let rule = try #require(PluralRule(rule))
        #expect(matching.allSatisfy { rule.matches($0) } && !others.contains { rule.matches($0) })
    }

    @Test(arguments: [
        "", "n", "n is 1", "n = ", "n = 4..2", "n % 0 = 1", "x = 1", "n = 1 and", "or n = 1", "n = 1..2..3", "n = -1..",
        "n % 10 % 3 = 1",
    ])
    func anInvalidRuleIsRefused(_ text: String) { #expect(PluralRule(text) == nil) }

    /// Each problem names file, line and key.
    @Test func aWrongWordFileIsAnErrorThatNamesFileAndKey() throws {
        let found = try words(
            "pl",
            Self.polish + "\n" + Self.labels
                + """

                calendar.joni: Dołącz
                calendar.join: Dołącz
                no colon
                plural.two: two
                duration.days.other: {number} dnia
                duration.minutes.zero: {count} minut {
                """)
        try folder.write(
            "calendar.phone: a {count}\nplural.few: i = 2..4\nduration.days.few: jours", to: "words/fr.txt")
        try folder.write("", to: "words/german.txt")
        let all = WordSet(folder: folder.path)
        #expect(found.missing == [])
        try expectGolden(texts(all.problems).joined(separator: "\n") + "\n", "words-wrong.txt")
        let error = #expect(throws: TemplateErrors.self) {
            try TemplateSet(folder: folder.path, words: all, mails: [], payloads: [], pages: [])
        }
        #expect(error?.problems == all.problems)
    }

    /// What is missing is English, and `usher check` says which file lacks which key.
    @Test func aMissingTextIsEnglishAndIsReported() throws {
        let words = try words(
            "cs", Self.polish.replacing("duration.hours.few: {count} godziny", with: "") + "\ncalendar.join: Dołącz")
        #expect(words.problems == [])
        try expectGolden(texts(words.missing).joined(separator: "\n") + "\n", "words-missing.txt")
        let polish = words[try tag("cs")]
        #expect(polish[.join] == "Dołącz" && polish[.phone] == "Phone")
        #expect(polish.duration(2, .hours) == "2 hours" && polish.duration(5, .hours) == "5 godzin")
    }

    /// A job's own file needs only the words that it changes.
    @Test func aFolderOfTheJobChangesSingleWords() throws {
        try folder.write("calendar.join: Mitmachen", to: "words/de.txt")
        let words = try words("fr-CA", "calendar.passcode: Code")
        #expect(words.problems == [] && words.missing == [])
        let (german, canadian) = (words[try tag("de-AT")], words[try tag("fr-CA")])
        #expect(german[.join] == "Mitmachen" && german[.phone] == "Telefon" && german.duration(1, .days) == "1 Tag")
        #expect(canadian[.passcode] == "Code" && canadian[.phone] == "Téléphone")
        #expect(words[try tag("fr")][.passcode] == "Code secret" && words[.english][.join] == "Join")
    }
}
