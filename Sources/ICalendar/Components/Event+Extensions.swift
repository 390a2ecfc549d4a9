/// What RFC 7986 and RFC 9073 add to events and calendars.
extension Event {
    /// The images to show, in their order (RFC 7986 §5.10).
    public var images: [Image] {
        get { properties.all(.image).compactMap(Image.init) }
        set { properties.replace(.image, with: newValue.map(\.property)) }
    }

    /// Data for programs, in their order (RFC 9073 §6.6).
    public var structuredData: [StructuredData] {
        get { properties.all(.structuredData).compactMap(StructuredData.init) }
        set { properties.replace(.structuredData, with: newValue.map(\.property)) }
    }

    /// A description as HTML, as STYLED-DESCRIPTION and as the X-ALT-DESC that Outlook reads (RFC 9073 §6.5).
    public var htmlDescription: String? {
        get {
            let styled = properties.all(.styledDescription) + properties.all(.xAltDesc)
            for property in styled where property.parameter(.fmttype)?.lowercased() == "text/html" {
                if case .text(let html) = property.value { return html }
            }
            return nil
        }
        set {
            for name in [PropertyName.styledDescription, .xAltDesc] {
                let property = newValue.map { Property(name, .text($0), [Parameter(.fmttype, "text/html")]) }
                properties.replace(name, with: property.map { [$0] } ?? [])
            }
        }
    }

    /// The participants, in their order; to set them leaves components of other kinds in place, before them.
    public var participants: [Participant] {
        get { component.components.compactMap(Participant.init) }
        set { replaceComponents(.participant, with: newValue.map(\.component)) }
    }

    /// Where it is on the globe (RFC 5545 §3.8.1.6).
    public var coordinates: Coordinates? {
        get {
            guard case .coordinates(let place)? = properties.first(.geo)?.value else { return nil }
            return place
        }
        set { properties.set(.geo, newValue.map(Value.coordinates)) }
    }
}

extension Calendar {
    /// The images to show, in their order (RFC 7986 §5.10).
    public var images: [Image] {
        get { properties.all(.image).compactMap(Image.init) }
        set { properties.replace(.image, with: newValue.map(\.property)) }
    }
}
