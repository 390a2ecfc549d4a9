/// A geographic position in degrees, as in GEO (RFC 5545 §3.8.1.6).
public struct Coordinates: Hashable, Sendable {
    /// Degrees north of the equator; negative south of it.
    public let latitude: Double
    /// Degrees east of Greenwich; negative west of it.
    public let longitude: Double

    /// Creates a position from latitude and longitude.
    public init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }
}
