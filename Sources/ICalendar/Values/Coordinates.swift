/// A place on the globe in degrees, as GEO has it (RFC 5545 §3.8.1.6).
public struct Coordinates: Hashable, Sendable {
    /// Degrees north of the equator; negative south of it.
    public let latitude: Double
    /// Degrees east of Greenwich; negative west of it.
    public let longitude: Double

    /// A place by its degrees north and east.
    public init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}
