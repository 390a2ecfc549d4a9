/// Separates the zones of several calendars in one file, where a TZID stands for different rules in each (RFC 5545 §3.2.19).
enum ZoneScopes {
    /// Renames each zone that an earlier calendar defines otherwise, where it is defined and where it is used.
    ///
    /// - Parameters:
    ///   - components: The components of all calendars.
    ///   - starts: The index of the first component of each calendar.
    ///   - isKnown: Whether a TZID has rules without a definition.
    static func separate(_ components: inout [Component], _ starts: [Int], _ isKnown: (String) -> Bool) {
        var definitions: [String: [Component]] = [:]
        for (number, start) in starts.enumerated() {
            let end = number + 1 < starts.count ? starts[number + 1] : components.count
            var names: [String: String] = [:]
            for zone in components[start..<end] where zone.name == .timeZone {
                guard let id = zone.properties.text(.tzid), names[id] == nil, !isKnown(id) else { continue }
                guard let earlier = definitions[id], earlier != zone.components else {
                    definitions[id] = zone.components
                    continue
                }
                names[id] = "\(id) (\(number + 1))"
            }
            guard !names.isEmpty else { continue }
            for index in start..<end { components[index] = renamed(components[index], names) }
        }
    }

    private static func renamed(_ component: Component, _ names: [String: String]) -> Component {
        let properties = component.properties.map { property in
            if component.name == .timeZone, property.name == .tzid, case .text(let id) = property.value,
                let name = names[id]
            {
                return Property(.tzid, .text(name), property.parameters)
            }
            guard let id = property.parameter(.tzid), let name = names[id] else { return property }
            return Property(
                property.name, property.value,
                property.parameters.map { $0.name == .tzid ? Parameter(.tzid, name) : $0 })
        }
        return Component(
            component.name, properties: Properties(read: properties),
            components: component.components.map { renamed($0, names) })
    }
}
