/// The properties of one component, held in the order in which they are written.
///
/// The order depends on the names alone: the known ones in a fixed order, then the others as they came. Properties of
/// one name keep the order in which they were added.
public struct Properties: Hashable, Sendable, RandomAccessCollection {
    private var ordered: [Property] = []

    /// No properties.
    public init() {}

    /// Properties in the order in which they were read.
    init(read properties: [Property]) {
        let isOrdered = zip(properties, properties.dropFirst()).allSatisfy { $0.name.rank <= $1.name.rank }
        guard !isOrdered else {
            ordered = properties
            return
        }
        // The place decides between equal ranks, since `sort` does not promise to keep their order.
        ordered = properties.enumerated().sorted {
            ($0.element.name.rank, $0.offset) < ($1.element.name.rank, $1.offset)
        }.map(\.element)
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// How many there are.
    public var endIndex: Int { ordered.count }
    /// The property at a place in the written order.
    public subscript(position: Int) -> Property { ordered[position] }

    /// Adds a property after those with its name.
    public mutating func append(_ property: Property) {
        var place = ordered.count
        while place > 0, ordered[place - 1].name.rank > property.name.rank { place -= 1 }
        ordered.insert(property, at: place)
    }

    /// The first property with this name.
    public func first(_ name: PropertyName) -> Property? {
        ordered.first { $0.name == name }
    }

    /// All properties with this name, in their order.
    public func all(_ name: PropertyName) -> [Property] {
        ordered.filter { $0.name == name }
    }

    /// Takes away all properties with this name.
    public mutating func remove(_ name: PropertyName) {
        guard ordered.contains(where: { $0.name == name }) else { return }
        ordered.removeAll { $0.name == name }
    }

    /// Puts these properties in the place of all that have the name.
    public mutating func replace(_ name: PropertyName, with properties: [Property]) {
        remove(name)
        for property in properties { append(property) }
    }
}

/// Access by type, for the views of a component. To set a value replaces the property with its parameters; nil removes it.
extension Properties {
    func text(_ name: PropertyName) -> String? {
        guard case .text(let text)? = first(name)?.value else { return nil }
        return text
    }

    func uri(_ name: PropertyName) -> String? {
        guard case .uri(let uri)? = first(name)?.value else { return nil }
        return uri
    }

    func instant(_ name: PropertyName) -> UTCDateTime? {
        guard case .utcDateTime(let instant)? = first(name)?.value else { return nil }
        return instant
    }

    func integer(_ name: PropertyName) -> Int? {
        guard case .integer(let number)? = first(name)?.value else { return nil }
        return number
    }

    func duration(_ name: PropertyName) -> CalendarDuration? {
        guard case .duration(let duration)? = first(name)?.value else { return nil }
        return duration
    }

    mutating func set(_ name: PropertyName, _ value: Value?) {
        remove(name)
        if let value { append(Property(name, value)) }
    }
}
