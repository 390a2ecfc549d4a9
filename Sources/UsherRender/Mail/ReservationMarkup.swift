internal import UsherModel
internal import UsherText

/// Markup for mail programs that show a session among a person's appointments: schema.org `EventReservation` as JSON-LD in the head of the HTML.
///
/// Source: Google's "Email markup" documentation, Event reservation; https://schema.org/EventReservation.
struct ReservationMarkup {
    let session: Session
    let isCanceled: Bool
    /// RFC 3339, in the recipient's zone.
    let start: String
    let end: String
    let personal: PersonalValues

    /// The document with the markup at the end of its head; unchanged if it has no head.
    func put(into html: String) -> String {
        guard let end = html.firstRange(of: "</head>") else { return html }
        return String(html[..<end.lowerBound]) + "<script type=\"application/ld+json\">\(text)</script>\n"
            + html[end.lowerBound...]
    }

    private var text: String {
        let person = personal[.name].isEmpty ? personal[.email] : personal[.name]
        let number = personal[personal[.registration].isEmpty ? .message : .registration]
        var event: JSONObject = [
            "@type": "Event", "name": .string(session.subject.text), "startDate": .string(start),
            "endDate": .string(end),
            "eventAttendanceMode": "http://schema.org/OnlineEventAttendanceMode",
        ]
        if let url = session.joinURL {
            event.append("location", ["@type": "VirtualLocation", "url": .string(url.text)])
        }
        let reservation: JSONValue = [
            "@context": "http://schema.org", "@type": "EventReservation", "reservationNumber": .string(number),
            "reservationStatus": .string("http://schema.org/\(isCanceled ? "Cancelled" : "Confirmed")"),
            "underName": ["@type": "Person", "name": .string(person)], "reservationFor": .object(event),
        ]
        return reservation.line(.script)
    }
}
