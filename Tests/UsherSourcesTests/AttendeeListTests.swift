import Foundation
import ICalendar
import Testing
import UsherModel
import UsherSources
import UsherTesting
import UsherText

/// Lists as spreadsheets and registration tools save them.
@Suite("lists of attendees as people have them")
struct AttendeeListTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(#"[{"id": "e1"}, {"id": "e2"}]"#, to: "two.json")
        try folder.write(#"{"id": "e1"}"#, to: "one.json")
    }

    private struct Reading {
        var people: [UsherModel.Attendee] = []
        var problems: [String] = []
        var remarks: [String] = []

        var addresses: [String] { people.map(\.address.text) }
    }

    private func write(_ octets: [UInt8]) throws { try Data(octets).write(to: URL(filePath: folder.path("p.csv"))) }

    private func source(
        _ path: String, _ event: AttendeesCSV.DefaultEvent = .unstated, _ format: CSVFormat = CSVFormat()
    ) -> FileSource {
        FileSource(
            FileSourceOptions(
                path: folder.path(path),
                attendees: AttendeesCSV(path: folder.path("p.csv"), event: event, format: format)),
            zones: TimeZoneDatabase(), readAt: .distantFuture)
    }

    private func read(_ source: FileSource, _ event: String = "e1") async throws -> Reading {
        _ = try await source.listing(in: Window(from: .distantPast, until: .distantFuture), known: [])
        let pages = try await source.attendees(of: EventID(rawValue: event))
        var reading = Reading()
        while let page = try await pages.next() {
            reading.people += page.attendees
            reading.problems += page.problems.map { $0.description.replacing(folder.path + "/", with: "") }
            reading.remarks += page.remarks.map { $0.replacing(folder.path + "/", with: "") }
        }
        return reading
    }

    private func read(_ text: String, _ format: CSVFormat = CSVFormat()) async throws -> Reading {
        try write(Array(text.utf8))
        return try await read(source("one.json", .unstated, format))
    }

    private func refusal(_ text: [UInt8], _ format: CSVFormat = CSVFormat()) async throws -> String {
        try write(text)
        let source = source("one.json", .unstated, format)
        let error = try #require(await #expect(throws: SourceError.self) { _ = try await read(source) })
        return error.description.replacing(folder.path + "/", with: "")
    }

    private static let list =
        "E-Mail;Vorname;Nachname\r\njuergen@example.com;Jürgen;Groß\r\nzoe@example.com;Zoë;\"Le; Goff\"\r\n"

    @Test(arguments: [
        "utf-8", "utf-8 with mark", "utf-16le", "utf-16be", "utf-16le with mark", "utf-16be with mark", "windows-1252",
    ])
    func everyEncodingOfSpreadsheetsIsRead(_ encoding: String) async throws {
        let marked = encoding.hasSuffix("with mark") ? "\u{FEFF}" + Self.list : Self.list
        let octets: [UInt8] =
            switch encoding.split(separator: " ")[0] {
            case "utf-16le": marked.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            case "utf-16be": marked.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            case "windows-1252": marked.unicodeScalars.map { UInt8($0.value) }
            default: Array(marked.utf8)
            }
        try write(octets)
        let reading = try await read(source("one.json"))
        #expect(reading.people.map(\.name.text) == ["Jürgen Groß", "Zoë Le; Goff"])
        #expect(reading.problems == [])
        let name = encoding.hasPrefix("utf-16") ? "UTF-16" : encoding.hasPrefix("utf-8") ? "UTF-8" : "Windows-1252"
        #expect(
            reading.remarks == [
                "p.csv: read as \(name), separated by semicolons; if that is wrong, set encoding and delimiter in the job file"
            ])
    }

    @Test(arguments: [
        ("email,name\nada@example.com,Ada Byron\n", "commas"),
        ("email;name\nada@example.com;Ada Byron\n", "semicolons"),
        ("email\tname\nada@example.com\tAda Byron\n", "tabs"),
        ("sep=;\r\nemail;name\r\nada@example.com;Ada Byron\r\n", "a hint"),
        (
            "name, vorname nachname;email\n\"Ada Byron\";ada@example.com\n".replacing(
                "name, vorname nachname", with: "\"Name\""), "quotes"
        ),
        ("\r\n\r\nemail;name\rada@example.com;Ada Byron\r", "returns"),
        ("email,name,,\nada@example.com,Ada Byron,,\n,,,\n", "empty fields"),
        ("email,name\nada@example.com,Ada Byron,,,\n\n", "more of them"),
    ])
    func everyDelimiterIsFound(_ text: String, _ what: String) async throws {
        let reading = try await read(text)
        #expect(reading.people.map(\.name.text) == ["Ada Byron"])
        #expect(reading.addresses == ["ada@example.com"])
        #expect(reading.problems == [])
    }

    @Test func aDelimiterWithinTheHeaderOfAnotherIsNone() async throws {
        let reading = try await read("Name, Vorname;E-Mail;Firma, Ort\nByron;ada@example.com;Contoso, Kiel\n")
        #expect(reading.addresses == ["ada@example.com"])
        #expect(reading.problems == [])
    }

    @Test func whatTheJobSaysIsUsedAndNotRemarkedUpon() async throws {
        let format = CSVFormat(delimiter: UInt8(ascii: ";"), encoding: .windows1252)
        try write(Self.list.unicodeScalars.map { UInt8($0.value) })
        let reading = try await read(source("one.json", .unstated, format))
        #expect(reading.people.map(\.name.text) == ["Jürgen Groß", "Zoë Le; Goff"])
        #expect(reading.remarks == [])
        // Polish in another code page: read as told, though it makes no sense.
        try write(Array("email;name\npawel@example.com;Pawe".utf8) + [0xB3, 0x0A])
        #expect(try await read(source("one.json", .unstated, format)).people.map(\.name.text) == ["Pawe³"])
    }

    @Test func whatIsInNoKnownEncodingIsRefusedWithACure() async throws {
        let text = try await refusal(Array("email;name\npawel@example.com;Pawe".utf8) + [0xB3, 0x0A])
        #expect(
            text
                == "p.csv:2: characters that are not UTF-8, and make no sense as UTF-16 or Windows-1252. Save the file as \"CSV UTF-8\", "
                + "or set encoding: utf-8, utf-16, utf-16le, utf-16be or windows-1252 in the job file")
    }

    @Test(arguments: [
        "E-Mail,Vorname,Nachname", "Mail,First Name,Last Name", "EMAIL ADDRESS,first_name,last_name",
        "Courriel,Prénom,Nom",
        "courriel,prenom,nom", "Adres e-mail,Imię,Nazwisko", "Correo electrónico,Nombre,Apellidos",
        "Indirizzo e-mail,Nome,Cognome",
        "E-mailadres,Voornaam,Achternaam", "e_mail,FirstName,Surname", "E-post,Förnamn,Efternamn",
        "Adresse e-mail,Prénom,Nom de famille",
        "メールアドレス,名,姓", "Registrant Email,Given-Name,Family-Name", "Email,Vorname,Name",
        "E\u{2D}MAIL , first name ,LAST NAME",
        "Courriel,Pre\u{301}nom,NOM",
    ])
    func theUsualNamesOfColumnsAreKnown(_ header: String) async throws {
        let reading = try await read("\(header)\nada@example.com,Ada,Byron\n")
        #expect(reading.people.map { "\($0.firstName)|\($0.lastName)" } == ["Ada|Byron"])
        #expect(reading.problems == [] && reading.remarks == [])
    }

    @Test(arguments: [
        "email,Name", "email,Nom", "email,Full Name", "email,Nombre", "E-Mail,Vor- und Nachname",
        "email,Imię i nazwisko",
    ])
    func aNameInOneColumnIsDivided(_ header: String) async throws {
        let reading = try await read("\(header)\nada@example.com,Ada Byron\n")
        #expect(reading.people.map { "\($0.firstName)|\($0.lastName)" } == ["Ada|Byron"])
    }

    @Test(arguments: [
        "timezone,lang", "Time Zone,Language", "TIME_ZONE,locale", "Zeitzone,Sprache", "Fuseau horaire,Langue",
    ])
    func zoneAndLanguageAreKnown(_ header: String) async throws {
        let reading = try await read("email,\(header)\nada@example.com,Europe/Paris,fr\n")
        #expect(reading.people.first?.zone?.name == "Europe/Paris" && reading.people.first?.language?.text == "fr")
    }

    @Test func twoColumnsThatCouldBeMeantAreRefusedByName() async throws {
        #expect(
            try await refusal(Array("E-Mail,Mail,Name\na@example.com,b@example.com,A\n".utf8))
                == "p.csv:1: \"E-Mail\" and \"Mail\" could each be the column email. Say which in the job: columns: {email: \"E-Mail\"}, "
                + "and give each column a name of its own")
        let told = try await read("E-Mail,Mail\na@example.com,b@example.com\n", CSVFormat(columns: [.email: "Mail"]))
        #expect(told.addresses == ["b@example.com"] && told.problems == [])
        // The documented name is meant, whatever else there is.
        #expect(try await read("email,Mail\na@example.com,b@example.com\n").addresses == ["a@example.com"])
    }

    @Test(arguments: [
        (
            "Adresse,Name\nx,A\n",
            "p.csv:1: no column \"email\" among \"Adresse\", \"Name\". Name the columns in the job: columns: {email: …}, or check delimiter and encoding"
        ),
        (
            "ada@example.com,Ada\nbob@example.com,Bob\n",
            "p.csv:1: no header: the first row is \"ada@example.com\", \"Ada\". Begin the file with the names of its columns, such as email,first-name,last-name"
        ),
    ])
    func aHeaderWithoutAnAddressIsRefused(_ text: String, _ expected: String) async throws {
        #expect(try await refusal(Array(text.utf8)) == expected)
    }

    @Test func columnsThatAreNotUsedAreNamedOnce() async throws {
        try write(Array("email,Firma,event,Phone\na@example.com,C,e1,1\nb@example.com,C,e2,2\n".utf8))
        let source = source("two.json")
        let first = try await read(source, "e2")
        let second = try await read(source, "e1")
        #expect(first.remarks == ["warning: p.csv: columns that are not used: \"Firma\", \"Phone\""])
        #expect(second.remarks == [] && first.addresses == ["b@example.com"] && second.addresses == ["a@example.com"])
    }

    @Test func oneListServesAllEventsOfASource() async throws {
        try write(Array("email,event\na@example.com,\nb@example.com,e2\n,\n".utf8))
        let source = source("two.json", .any)
        #expect(try await read(source, "e1").addresses == ["a@example.com"])
        #expect(try await read(source, "e2").addresses == ["a@example.com", "b@example.com"])
    }

    @Test func aRowIsRefusedWithItsLineItsPersonAndACure() async throws {
        try write(
            Array(
                """
                email,first-name,last-name,event
                ,Jana,Schäfer,e1
                bob.example.com,Bob,,e1
                cem@example.com,Cem,Öz,e9
                dora@example.com,Dora,Ek,
                eve@example.com,Eve,Fox,e1,Kiel
                fay@example.com,Fa"y,Gray,e1
                gil@example.com,Gil,Hay,e1

                """.utf8))
        let reading = try await read(source("two.json"))
        #expect(reading.addresses == ["gil@example.com"])
        try expectGolden(reading.problems.joined(separator: "\n") + "\n", "refused-rows.txt")
    }

    @Test func rowsThatAreDamagedInAFileOfUTF8AreNamed() async throws {
        try write(
            Array("email,name\nzoe@example.com,Zoë\nj@example.com,J".utf8) + [0xFC]
                + Array("rgen\nk@example.com,K\n".utf8))
        let reading = try await read(source("one.json"))
        #expect(reading.addresses == ["zoe@example.com", "k@example.com"])
        #expect(
            reading.problems.map { String($0.prefix(62)) } == [
                "p.csv:3: J\u{FFFD}rgen: bytes that are not UTF-8. Save the file as \"C"
            ])
    }

    @Test(arguments: [
        " ada@example.com ", "\u{A0}ada@example.com\u{A0}", "\tada@example.com", "ada@example.com\n",
        "\u{200B}ada@example.com",
        "ada\u{200B}@example.com", "\u{200E}ada@exam\u{AD}ple.com", "ada@example.com\u{2060}",
        "\u{3000}ada@example.com", "\u{FEFF}ada@example.com",
        "ada@example.com\r\n", "mailto:ada@example.com", "Ada Byron <ada@example.com>",
        "mailto:ada@example.com?subject=x", "<ada@example.com>",
    ])
    func whatCameAlongWithAnAddressIsDropped(_ cell: String) async throws {
        let reading = try await read("email,name\n\"\(cell)\",A\nada@example.com,A\n")
        #expect(reading.addresses == ["ada@example.com", "ada@example.com"])
        #expect(Set(reading.people.map(\.registration)).count == 1, "one person, one registration")
        #expect(reading.problems == [])
    }

    @Test(arguments: [
        "ada@example.com\nBcc: eve@example.com", "ada @example.com", "a\u{A0}da@example.com",
        "a@example.com; b@example.com",
    ])
    func whatIsNotOneAddressIsStillRefused(_ cell: String) async throws {
        let reading = try await read("email,name\n\"\(cell)\",A\n")
        #expect(reading.people.isEmpty && reading.problems.count == 1)
    }
}
