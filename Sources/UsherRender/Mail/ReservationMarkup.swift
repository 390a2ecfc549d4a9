internal import UsherModel

/// What mail programs read to show a session among a person's appointments: schema.org `EventReservation` as JSON-LD in the HTML's head.
///
/// Source: Google's "Email markup" documentation, Event reservation; https://schema.org/EventReservation.
struct ReservationMarkup {
    let session: Session
    let isCanceled: Bool
    /// RFC 3339, on the recipient's clock.
    let start: String
    let end: String
    let personal: PersonalValues

    /// The document with the markup before the end of its head; as it is where it has none.
    func put(into html: String) -> String {
        guard let end = html.firstRange(of: "</head>") else { return html }
        return String(html[..<end.lowerBound]) + "<script type=\"application/ld+json\">\(text)</script>\n"
            + html[end.lowerBound...]
    }

    private var text: String {
        let status = isCanceled ? "Cancelled" : "Confirmed"
        let person = string(personal[.name].isEmpty ? personal[.email] : personal[.name])
        let number = string(personal[personal[.registration].isEmpty ? .message : .registration])
        let location = session.joinURL.map {
            ",\"location\":{\"@type\":\"VirtualLocation\",\"url\":\(string($0.text))}"
        }
        return "{\"@context\":\"http://schema.org\",\"@type\":\"EventReservation\",\"reservationNumber\":\(number),"
            + "\"reservationStatus\":\"http://schema.org/\(status)\",\"underName\":{\"@type\":\"Person\",\"name\":\(person)},"
            + "\"reservationFor\":{\"@type\":\"Event\",\"name\":\(string(session.subject.text)),\"startDate\":\(string(start)),"
            + "\"endDate\":\(string(end)),\"eventAttendanceMode\":\"http://schema.org/OnlineEventAttendanceMode\"\(location ?? "")}}"
    }

    private func string(_ text: String) -> String { "\"\(JSONText().escapeText(text))\"" }
}
