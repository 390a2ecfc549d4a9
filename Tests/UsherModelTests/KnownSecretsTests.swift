import Testing
import UsherModel

@Suite("secrets that were read")
struct KnownSecretsTests {
    private static let secret = "kn0wn pä55=wörd/+"

    /// Blanks stay as they are in most quoted-printable, and are a `+` in forms.
    @Test(arguments: [
        "kn0wn pä55=wörd/+", "kn0wn=20p=C3=A455=3Dw=C3=B6rd/+", "kn0wn p=C3=A455=3Dw=C3=B6rd/+",
        "kn0wn p=c3=a455=3dw=c3=b6rd/+", "kn0wn%20p%C3%A455%3Dw%C3%B6rd%2F%2B", "kn0wn+p%C3%A455%3Dw%C3%B6rd%2F%2B",
        "kn0wn+p%c3%a455%3dw%c3%b6rd%2f%2b",
    ])
    func areHiddenInEveryForm(_ form: String) {
        KnownSecrets.note(Secret(Self.secret))
        #expect(KnownSecrets.hiding("before \(form) after") == "before <secret> after")
    }

    @Test func theArgumentsOfAProgramAreNotPartOfItsName() {
        #expect(SecretReference.command(["pass", "--token", "hunter2"]).name == "{command: [pass…]}")
    }
}
