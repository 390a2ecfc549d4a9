internal import UsherModel

/// Which field of a row holds what: the columns of a list's header.
struct AttendeeColumns: Hashable, Sendable {
    /// The fields by their column.
    let indices: [AttendeeColumn: Int]
    /// The headers of the columns that Usher does not use.
    let unused: [String]
    /// The number of fields.
    let width: Int

    /// Why a header cannot be used.
    struct Problem: Error {
        let problem: String
        let next: String
        /// Whether it has more columns than can be told apart, rather than too few.
        var isAmbiguous = false
    }

    /// Reads a header.
    ///
    /// - Parameters:
    ///   - header: The fields of the first row.
    ///   - stated: The header names that the job file gives.
    /// - Throws: ``Problem`` where a column is missing, or two could be meant.
    init(_ header: [String], stated: [AttendeeColumn: String]) throws(Problem) {
        let headers = header.map { Line(cleaning: $0).text }
        let names = headers.map(HeaderName.init)
        var indices: [AttendeeColumn: Int] = [:]
        for column in AttendeeColumn.allCases {
            guard let name = stated[column] else { continue }
            let exact = headers.indices.filter { headers[$0].lowercased() == name.lowercased() }
            let meant = exact.isEmpty ? names.indices.filter { names[$0] == HeaderName(name) } : exact
            guard let index = meant.first else { throw Self.missing(name, headers) }
            guard meant.count == 1 else { throw Self.ambiguous(column, meant.map { headers[$0] }) }
            indices[column] = index
        }
        let taken = Set(indices.values)
        let open = names.indices.filter { !taken.contains($0) }
        let meanings = HeaderName.meanings(of: open.map { names[$0] }, stated: Set(indices.keys))
        for column in AttendeeColumn.allCases where indices[column] == nil {
            let meant = zip(open, meanings).filter { $0.1 == column }.map(\.0)
            // The documented name is meant even where another column could be, too.
            let exact = meant.filter { headers[$0].lowercased() == column.rawValue }
            let chosen = exact.count == 1 ? exact : meant
            guard chosen.count < 2 else { throw Self.ambiguous(column, chosen.map { headers[$0] }) }
            indices[column] = chosen.first
        }
        guard indices[.email] != nil else {
            throw Self.missing(stated[.email] ?? AttendeeColumn.email.rawValue, headers)
        }
        let used = Set(indices.values)
        (self.indices, width) = (indices, header.count)
        unused = headers.indices.filter { !used.contains($0) && !headers[$0].isEmpty }.map { headers[$0] }
    }

    /// The first few of many names.
    private static func shown(_ headers: [String], separator: String) -> String {
        let more = headers.count > 20 ? " and \(headers.count - 20) more" : ""
        return headers.prefix(20).map { "\"\($0.prefix(60))\"" }.joined(separator: separator) + more
    }

    private static func missing(_ name: String, _ headers: [String]) -> Problem {
        let all = shown(headers, separator: ", ")
        guard !headers.contains(where: { $0.contains("@") }) else {
            return Problem(
                problem: "no header: the first row is \(all)",
                next: "Begin the file with the names of its columns, such as email,first-name,last-name")
        }
        return Problem(
            problem: "no column \"\(name)\" among \(all)",
            next: "Name the columns in the job: columns: {email: …}, or check delimiter and encoding")
    }

    private static func ambiguous(_ column: AttendeeColumn, _ headers: [String]) -> Problem {
        let all = shown(headers, separator: " and ")
        return Problem(
            problem: "\(all) could each be the column \(column.rawValue)",
            next: "Say which in the job: columns: {\(column.rawValue): \"\(headers.first ?? "")\"}, "
                + "and give each column a name of its own", isAmbiguous: true)
    }
}

/// The name of a column without case, blanks and punctuation: `E-Mail`, `e_mail` and `EMAIL` are one.
private struct HeaderName: Hashable, Sendable {
    private let text: String

    init(_ header: String) { text = String(header.lowercased().filter { $0.isLetter || $0.isNumber }) }

    private static func names(_ list: String) -> Set<HeaderName> {
        Set(list.split(separator: ",").map { HeaderName(String($0)) })
    }

    /// What each header means; nil where it is none that Usher knows.
    ///
    /// A few words mean the given or the family name where a list has both, and the full name where it has not.
    static func meanings(of headers: [HeaderName], stated: Set<AttendeeColumn>) -> [AttendeeColumn?] {
        let sure = headers.map { header in known.first { $0.value.contains(header) }?.key }
        let hasFirst = stated.contains(.firstName) || sure.contains(.firstName)
        let hasLast = stated.contains(.lastName) || sure.contains(.lastName)
        let hasFamilyWord = headers.contains { familyOrFull.contains($0) }
        let hasGivenWord = headers.contains { givenOrFull.contains($0) }
        return zip(headers, sure).map { header, sure in
            if let sure { return sure }
            if givenOrFull.contains(header) { return hasLast || hasFamilyWord ? .firstName : .name }
            if familyOrFull.contains(header) {
                return hasFirst || hasGivenWord ? .lastName : .name
            }
            return nil
        }
    }

    private static let givenOrFull = names("nombre, nome, jméno, jmeno, имя, ad, nimi, naam")
    private static let familyOrFull = names("nom")

    /// `id` and `event` go by few names: a column taken for one by mistake would make other people, or none, of its rows.
    private static let known: [AttendeeColumn: Set<HeaderName>] = [
        .event: names("event, event id, webinar id"),
        .id: names("id"),
        .email: names(
            """
            email, mail, email address, mail address, email adresse, mail adresse, emailadr, emailaddr, email id, user email, attendee email, \
            registrant email, participant email, contact email, primary email, adresse email, adresse mail, adresse électronique, \
            adresse electronique, courriel, adresse courriel, mél, mel, correo, correo electrónico, correo electronico, dirección de correo, \
            direccion de correo, dirección de correo electrónico, posta elettronica, indirizzo email, indirizzo mail, endereço de email, \
            endereco de email, correio eletrónico, correio eletrônico, e-mailadres, emailadres, mailadres, e-post, epost, e-postadress, \
            e-postadresse, epostadress, e-mailadresse, mailadresse, sähköposti, sahkoposti, sähköpostiosoite, adres email, adres e-mail, adres mail, \
            poczta, e-mailová adresa, emailová adresa, e-mail cím, email cím, e-posta, eposta, e-posta adresi, почта, электронная почта, \
            адрес электронной почты, имейл, емейл, メール, メールアドレス, 电子邮件, 邮箱, 電子郵件, 이메일
            """),
        .name: names(
            """
            name, full name, display name, attendee name, participant name, vollständiger name, vor- und nachname, name vorname, nom complet, \
            nom et prénom, prénom et nom, nombre completo, nombre y apellidos, nombre y apellido, nome completo, nome e cognome, volledige naam, \
            fullständigt namn, fullt navn, namn, navn, imię i nazwisko, imie i nazwisko, jméno a příjmení, név, teljes név, ad soyad, adı soyadı, \
            фио, ф и о, полное имя, 名前, 氏名, 姓名, 이름
            """),
        .firstName: names(
            """
            first name, fname, given name, givenname, forename, vorname, rufname, prénom, prenom, primer nombre, nombre de pila, nome próprio, \
            voornaam, förnamn, fornavn, etunimi, imię, imie, imiona, křestní jméno, krestni jmeno, keresztnév, utónév, prenume, име, \
            attendee first name, registrant first name, 名
            """),
        .lastName: names(
            """
            last name, lname, surname, family name, nachname, familienname, zuname, nom de famille, apellido, apellidos, cognome, apelido, \
            sobrenome, achternaam, familienaam, efternamn, efternavn, etternavn, sukunimi, nazwisko, příjmení, prijmeni, vezetéknév, családnév, \
            nume de familie, soyad, soyadı, фамилия, фамилия участника, attendee last name, registrant last name, 姓
            """),
        .status: names(
            "status, registration status, attendee status, anmeldestatus, teilnahmestatus, statut, estado, stato, stan"),
        .timeZone: names(
            """
            time zone, tz, preferred time zone, zeitzone, fuseau horaire, fuseau, zona horaria, fuso orario, fuso horário, tijdzone, tidszon, \
            tidszone, aikavyöhyke, strefa czasowa, časové pásmo, időzóna, saat dilimi, часовой пояс, タイムゾーン, 时区
            """),
        .language: names(
            """
            language, lang, locale, preferred language, language code, sprache, langue, idioma, lengua, lingua, taal, språk, sprog, kieli, język, \
            jezyk, jazyk, nyelv, limbă, dil, язык, 言語, 语言
            """),
        .registeredAt: names("registered at, registration date time"),
        .session: names("session, sessions, session id, session ids"),
    ]
}
