/// The properties of one component, in the order in which they are encoded.
///
/// Recognized names come first, in a fixed order; the others follow in the order in which they were added. Properties
/// with the same name keep the order in which they were added.
public struct Properties: Hashable, Sendable, RandomAccessCollection {
    private var ordered: [Property] = []

    /// Creates an empty collection.
    public init() {}

    /// Creates the collection from properties in the order in which they were read.
    init(read properties: [Property]) {
        let isOrdered = zip(properties, properties.dropFirst()).allSatisfy { $0.name.rank <= $1.name.rank }
        guard !isOrdered else {
            ordered = properties
            return
        }
        // The offset decides between equal ranks, since `sort` is not guaranteed to be stable.
        ordered = properties.enumerated().sorted {
            ($0.element.name.rank, $0.offset) < ($1.element.name.rank, $1.offset)
        }.map(\.element)
    }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// The number of properties.
    public var endIndex: Int { ordered.count }
    /// The property at a position in the encoded order.
    public subscript(position: Int) -> Property { ordered[position] }

    /// Adds a property after those with the same name.
    public mutating func append(_ property: Property) {
        var index = ordered.count
        while index > 0, ordered[index - 1].name.rank > property.name.rank { index -= 1 }
        ordered.insert(property, at: index)
    }

    /// The first property with this name, or nil.
    public func first(_ name: PropertyName) -> Property? {
        ordered[firstIndex(of: name.rank)...].lazy.prefix { $0.name.rank == name.rank }.first { $0.name == name }
    }

    /// All properties with this name, in order.
    public func all(_ name: PropertyName) -> [Property] {
        ordered[firstIndex(of: name.rank)...].prefix { $0.name.rank == name.rank }.filter { $0.name == name }
    }

    /// The index of the first property that does not come before those of a rank.
    ///
    /// Found by halves, since a property that many others precede is asked for once for each occurrence.
    private func firstIndex(of rank: UInt8) -> Int {
        var (low, high) = (0, ordered.count)
        while low < high {
            let middle = (low + high) / 2
            if ordered[middle].name.rank < rank { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Removes all properties with this name.
    public mutating func remove(_ name: PropertyName) {
        guard ordered.contains(where: { $0.name == name }) else { return }
        ordered.removeAll { $0.name == name }
    }

    /// Replaces all properties with this name.
    public mutating func replace(_ name: PropertyName, with properties: [Property]) {
        remove(name)
        for property in properties { append(property) }
    }
}

/// Typed access for the views of a component.
///
/// Setting a value replaces the property and its parameters; nil removes it.
extension Properties {
    func text(_ name: PropertyName) -> String? {
        guard case .text(let text)? = first(name)?.value else { return nil }
        return text
    }

    /// One of the words that a property may hold; case does not matter (RFC 5545 §2).
    func word(_ name: PropertyName) -> String? { text(name).map(Token.word) }

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
