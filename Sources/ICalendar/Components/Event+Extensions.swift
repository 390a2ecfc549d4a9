/// Extensions of events and calendars by RFC 7986 and RFC 9073.
extension Event {
    /// The images, in order (RFC 7986 §5.10).
    public var images: [Image] {
        get { properties.all(.image).compactMap(Image.init) }
        set { properties.replace(.image, with: newValue.map(\.property)) }
    }

    /// Machine-readable data, in order (RFC 9073 §6.6).
    public var structuredData: [StructuredData] {
        get { properties.all(.structuredData).compactMap(StructuredData.init) }
        set { properties.replace(.structuredData, with: newValue.map(\.property)) }
    }

    /// The description in HTML, stored as STYLED-DESCRIPTION (RFC 9073 §6.5) and, for Outlook, as X-ALT-DESC.
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

    /// The participants, in order.
    ///
    /// Setting them keeps components of other kinds and puts those first.
    public var participants: [Participant] {
        get { component.components.compactMap(Participant.init) }
        set { replaceComponents(.participant, with: newValue.map(\.component)) }
    }

    /// The geographic position, GEO (RFC 5545 §3.8.1.6).
    public var coordinates: Coordinates? {
        get {
            guard case .coordinates(let coordinates)? = properties.first(.geo)?.value else { return nil }
            return coordinates
        }
        set { properties.set(.geo, newValue.map(Value.coordinates)) }
    }
}

extension Calendar {
    /// The images, in order (RFC 7986 §5.10).
    public var images: [Image] {
        get { properties.all(.image).compactMap(Image.init) }
        set { properties.replace(.image, with: newValue.map(\.property)) }
    }
}
