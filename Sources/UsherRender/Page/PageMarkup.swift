internal import UsherModel
internal import UsherText

/// Markup on the page for machines: Open Graph (<https://ogp.me>) for links that people share, the feeds that belong to it, and schema.org `Event` as
/// JSON-LD for search engines (<https://schema.org/Event>).
struct PageMarkup {
    let settings: PageSettings
    let sessions: [Session]
    let now: Instant

    /// The document with the markup at the end of its head; unchanged if it has no head.
    func put(into html: String) -> String {
        guard let end = html.firstRange(of: "</head>") else { return html }
        return String(html[..<end.lowerBound]) + links.text + meta.text + events + html[end.lowerBound...]
    }

    private var links: HTMLText {
        HTMLText(
            joining: settings.feeds.map {
                "<link rel=\"alternate\" type=\"\($0.mediaType)\" href=\"\($0.url)\" title=\"\($0.title)\">\u{A}"
            })
    }

    private var meta: HTMLText {
        var lines: [HTMLText] = [
            "<meta property=\"og:title\" content=\"\(settings.title)\">\u{A}",
            "<meta property=\"og:type\" content=\"website\">\u{A}",
        ]
        if let text = settings.description {
            lines.append("<meta name=\"description\" content=\"\(text)\">\u{A}")
            lines.append("<meta property=\"og:description\" content=\"\(text)\">\u{A}")
        }
        if let url = settings.pageURL {
            lines.append("<meta property=\"og:url\" content=\"\(url)\">\u{A}")
            lines.append("<link rel=\"canonical\" href=\"\(url)\">\u{A}")
        }
        if let url = settings.image { lines.append("<meta property=\"og:image\" content=\"\(url)\">\u{A}") }
        return HTMLText(joining: lines)
    }

    /// JSON-LD; `<` is escaped so that no text can end the script (HTML Living Standard §4.12.1.3).
    private var events: String {
        guard !sessions.isEmpty else { return "" }
        let items = sessions.map { event($0).line(.script) }.joined(separator: ",\n")
        return "<script type=\"application/ld+json\">[\(items)]</script>\n"
    }

    private func event(_ session: Session) -> JSONValue {
        let isCanceled = session.status == .canceled
        var event: JSONObject = [
            "@context": "https://schema.org", "@type": "Event", "name": .string(session.subject.text),
            "startDate": .string(session.start.description), "endDate": .string(session.end.description),
            "eventStatus": .string("https://schema.org/Event\(isCanceled ? "Cancelled" : "Scheduled")"),
            "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        ]
        if !session.details.isEmpty { event.append("description", .string(session.details)) }
        // A virtual location needs a URL: that of the page, if the page shows no join links.
        let showsLink = settings.joinLinks && !isCanceled && settings.isNear(session, at: now)
        let link = showsLink ? session.joinURL?.text : nil
        if let url = link ?? settings.pageURL {
            event.append("location", ["@type": "VirtualLocation", "url": .string(url)])
        }
        let speakers = session.presenters.map { ["@type": "Person", "name": .string($0.name.text)] as JSONValue }
        if !speakers.isEmpty { event.append("performer", .array(speakers)) }
        return .object(event)
    }
}
