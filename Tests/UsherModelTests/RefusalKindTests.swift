import Testing
import UsherModel

@Suite("kinds of refusals")
struct RefusalKindTests {
    @Test(arguments: [
        ("550 5.7.1 <%>: Relay access denied", true),
        ("550 5.4.5 Daily limit exceeded @ - gsmtp ref-@", true),
        ("554 5.2.252 SendAsDenied [AM0PR@.eurprd.prod.outlook.com 2026-11-25T10:00:@Z]", true),
        ("550 User %, code @: no", true),
    ])
    func differOnlyInWhatIsSaid(_ words: String, _ isSame: Bool) throws {
        let kinds = try ["jana.k@example.com", "Ö.Berg@bücher.example"].enumerated().map { number, text in
            let address = try Address(text)
            let filled = words.replacing("%", with: address.text).replacing("@", with: "\(number)x")
            return RefusalKind(Line(cleaning: filled), of: .person(address))
        }
        #expect((kinds[0] == kinds[1]) == isSame, "\(kinds)")
        #expect(!kinds[0].text.isEmpty)
    }

    @Test func areToldApartByCodeAndWords() throws {
        let person = Recipient.person(try Address("a@example.com"))
        let texts = ["550 5.7.1 no", "550 5.1.1 no", "550 5.7.1 never", "550 5.7.1 no no"]
        let kinds = texts.map { RefusalKind(Line(cleaning: $0), of: person) }
        #expect(Set(kinds).count == 4)
    }
}
